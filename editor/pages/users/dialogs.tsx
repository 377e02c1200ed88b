import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import usersContract from '#contract/users';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import type { UserRow } from './page.tsx';

function RoleBoxes({ roles, onChange }: { readonly roles: readonly string[]; readonly onChange: (roles: string[]) => void }): JSX.Element {
  const { t, pick } = useT();
  const query = useQuery({
    queryKey: ['roles'],
    queryFn: async ({ signal }) => (await call(usersContract.roles, { signal })).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Load query={query} lines={4}>
      {(items) => (
        <fieldset style={{ border: 0, padding: 0, margin: 0, display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 6 }}>
          <legend className="hint">{t('users.roles')}</legend>
          {items.map((role) => (
            <label key={role.id} className="row">
              <input
                type="checkbox"
                checked={roles.includes(role.id)}
                onChange={(event) => onChange(event.target.checked ? [...roles, role.id] : roles.filter((one) => one !== role.id))}
              />
              {pick(role.label)}
            </label>
          ))}
        </fieldset>
      )}
    </Load>
  );
}

export function CreateUserDialog({
  onClose,
  onPassword,
}: {
  readonly onClose: () => void;
  readonly onPassword: (user: string, text: string) => void;
}): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () => call(usersContract.create, { body: { id: id.trim(), name: name.trim(), roles } }),
    onSuccess: async (answer) => {
      await client.invalidateQueries({ queryKey: ['users'] });
      onClose();
      onPassword(answer.user.id, answer.oneTimePassword);
    },
  });
  return (
    <Dialog
      title={t('users.create')}
      onClose={onClose}
      foot={
        <button
          type="button"
          className="btn btn-primary"
          disabled={!/^[a-z][a-z0-9._-]{1,39}$/.test(id.trim()) || name.trim() === '' || create.isPending}
          onClick={() => create.mutate()}
        >
          {t('users.create')}
        </button>
      }
    >
      <label className="field">
        <span>{t('users.id')}</span>
        <input className="input" value={id} maxLength={40} onChange={(event) => setId(event.target.value)} autoFocus />
        <span className="hint">{t('users.idHint')}</span>
      </label>
      <label className="field">
        <span>{t('users.name')}</span>
        <input className="input" value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
      </label>
      <RoleBoxes roles={roles} onChange={setRoles} />
      <p className="hint">{t('users.rolesHint')}</p>
      {create.error ? <p className="err">{problemText(create.error)}</p> : null}
    </Dialog>
  );
}

export function RolesDialog({ user, onClose }: { readonly user: UserRow; readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [roles, setRoles] = useState<string[]>([...user.roles]);
  const [reason, setReason] = useState('');
  const propose = useMutation({
    mutationFn: () => call(usersContract.proposeRoles, { params: { id: user.id }, body: { roles, reason: reason.trim() } }),
    onSuccess: async (change) => {
      toast(t(change.state === 'applied' ? 'users.applied' : 'users.proposed'));
      await client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  return (
    <Dialog
      title={`${t('users.changeRoles')} · ${user.name}`}
      onClose={onClose}
      foot={
        <button
          type="button"
          className="btn btn-primary"
          disabled={reason.trim() === '' || propose.isPending}
          onClick={() => propose.mutate()}
        >
          {t('users.propose')}
        </button>
      }
    >
      <RoleBoxes roles={roles} onChange={setRoles} />
      <label className="field">
        <span>{t('alarm.reason')}</span>
        <input className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </label>
      <p className="hint">{t('users.rolesHint')}</p>
      {propose.error ? <p className="err">{problemText(propose.error)}</p> : null}
    </Dialog>
  );
}

/** Shown once: it is stored nowhere. */
export function OneTimePassword({
  user,
  text,
  onClose,
}: {
  readonly user: string;
  readonly text: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { t } = useT();
  return (
    <Dialog title={t('users.oneTime')} onClose={onClose}>
      <p>{t('users.oneTimeHint', { user })}</p>
      <p className="hash" style={{ fontSize: 18, userSelect: 'all' }}>
        {text}
      </p>
    </Dialog>
  );
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import type { Static } from 'typebox';
import usersContract, { type RoleChange, type User } from '#contract/users';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Empty, Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { CreateUserDialog, OneTimePassword, RolesDialog } from './dialogs.tsx';

export type UserRow = Static<typeof User>;
type Change = Static<typeof RoleChange>;

export function useRoleLabels(): (id: string) => string {
  const { pick } = useT();
  const { data } = useQuery({
    queryKey: ['roles'],
    queryFn: async ({ signal }) => (await call(usersContract.roles, { signal })).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (id) => {
    const role = data?.find((one) => one.id === id);
    return role ? pick(role.label) : id;
  };
}

/** Users and their roles; a role change is proposed by one administrator and decided by another. */
export function UsersPage(): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const [dialog, setDialog] = useState<'create' | UserRow>();
  const [password, setPassword] = useState<{ user: string; text: string }>();
  const query = useQuery({ queryKey: ['users'], queryFn: async ({ signal }) => (await call(usersContract.list, { signal })).items });
  return (
    <div className="page">
      <PageHead
        title={t('nav.users')}
        right={
          can('user.manage') ? (
            <button type="button" className="btn btn-primary" onClick={() => setDialog('create')} data-testid="create-user">
              {t('users.create')}
            </button>
          ) : null
        }
      >
        <span className="tagline">{query.data ? t('users.total', { n: query.data.length }) : ''}</span>
      </PageHead>
      <RoleChanges />
      <section className="panel grow" aria-label={t('nav.users')}>
        <div className="panel-body">
          <Load query={query} lines={8}>
            {(items) => <UserTable users={items} onRoles={setDialog} onPassword={(user, text) => setPassword({ user, text })} />}
          </Load>
        </div>
      </section>
      {dialog === 'create' ? (
        <CreateUserDialog onClose={() => setDialog(undefined)} onPassword={(user, text) => setPassword({ user, text })} />
      ) : dialog ? (
        <RolesDialog user={dialog} onClose={() => setDialog(undefined)} />
      ) : null}
      {password ? <OneTimePassword user={password.user} text={password.text} onClose={() => setPassword(undefined)} /> : null}
    </div>
  );
}

function UserTable({
  users,
  onRoles,
  onPassword,
}: {
  readonly users: readonly UserRow[];
  readonly onRoles: (user: UserRow) => void;
  readonly onPassword: (user: string, text: string) => void;
}): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const roleLabel = useRoleLabels();
  const client = useQueryClient();
  const problemText = useProblemText();
  const onError = (error: unknown): void => toast(problemText(error), true);
  const onSettled = (): Promise<void> => client.invalidateQueries({ queryKey: ['users'] });
  const change = useMutation({
    mutationFn: (user: UserRow) =>
      call(usersContract.change, { params: { id: user.id }, body: { disabled: !user.disabled }, ifMatch: `"${user.ver}"` }),
    onError,
    onSettled,
  });
  const unlock = useMutation({ mutationFn: (id: string) => call(usersContract.unlock, { params: { id } }), onError, onSettled });
  const reset = useMutation({
    mutationFn: (id: string) => call(usersContract.resetPassword, { params: { id } }),
    onSuccess: (answer, id) => onPassword(id, answer.oneTimePassword),
    onError,
    onSettled,
  });
  if (users.length === 0) return <Empty icon="users" title={t('users.none')} />;
  const may = can('user.manage');
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t('users.user')}</th>
          <th>{t('users.roles')}</th>
          <th>{t('users.state')}</th>
          <th>{t('users.lastLogIn')}</th>
          <th aria-label={t('users.actions')} />
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id} data-testid={`user-${user.id}`}>
            <td>
              <b>{user.name}</b>
              <br />
              <span className="code">{user.id}</span>
            </td>
            <td>
              <span className="row wrap">
                {user.roles.map((role) => (
                  <span key={role} className="chip">
                    {roleLabel(role)}
                  </span>
                ))}
              </span>
            </td>
            <td>
              {user.disabled ? (
                <span className="chip chip-bad">{t('users.disabled')}</span>
              ) : user.locked ? (
                <span className="chip chip-bad">{t('users.locked')}</span>
              ) : user.mustChangePassword ? (
                t('users.mustChange')
              ) : (
                t('users.active')
              )}
            </td>
            <td className="num mid">{user.lastLogIn === undefined ? '—' : formatDateTime(Date.parse(user.lastLogIn))}</td>
            <td>
              {may ? (
                <span className="row wrap" style={{ justifyContent: 'flex-end' }}>
                  <button type="button" className="btn btn-small" onClick={() => onRoles(user)}>
                    {t('users.changeRoles')}
                  </button>
                  <button type="button" className="btn btn-small" disabled={reset.isPending} onClick={() => reset.mutate(user.id)}>
                    {t('users.resetPassword')}
                  </button>
                  {user.locked ? (
                    <button type="button" className="btn btn-small" onClick={() => unlock.mutate(user.id)}>
                      {t('users.unlock')}
                    </button>
                  ) : null}
                  <button type="button" className="btn btn-small" disabled={change.isPending} onClick={() => change.mutate(user)}>
                    {t(user.disabled ? 'users.enable' : 'users.disable')}
                  </button>
                </span>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RoleChanges(): JSX.Element | null {
  const { t } = useT();
  const { can } = useSession();
  const roleLabel = useRoleLabels();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { data } = useQuery({
    queryKey: ['users', 'changes'],
    queryFn: async ({ signal }) => (await call(usersContract.roleChanges, { query: { state: 'waiting' }, signal })).items,
  });
  const decide = useMutation({
    mutationFn: ({ change, approve }: { change: Change; approve: boolean }) =>
      call(approve ? usersContract.approveRoles : usersContract.rejectRoles, { params: { id: change.id } }),
    onError: (error) => toast(problemText(error), true),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  if (!data || data.length === 0) return null;
  const list = (roles: readonly string[]): string => roles.map(roleLabel).join(', ') || '—';
  return (
    <Panel title={t('users.waiting')} sub={String(data.length)}>
      {data.map((change) => (
        <div key={change.id} className="list-item row wrap" style={{ cursor: 'default' }}>
          <b>{change.user}</b>
          <span>
            {list(change.before)} → <b className="draft">{list(change.after)}</b>
          </span>
          <span className="mid grow">
            {change.proposedBy} · {change.reason}
          </span>
          {can('policy.manage') ? (
            <>
              <button type="button" className="btn btn-small" onClick={() => decide.mutate({ change, approve: false })}>
                {t('tasks.reject')}
              </button>
              <button type="button" className="btn btn-small btn-primary" onClick={() => decide.mutate({ change, approve: true })}>
                {t('tasks.approve')}
              </button>
            </>
          ) : null}
        </div>
      ))}
    </Panel>
  );
}

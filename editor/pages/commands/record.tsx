import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { contract as commands, type CommandView } from '#contract/commands';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { useTagDefinition } from '../../ui/tags.ts';
import { CommandTimeline } from './timeline.tsx';

const OPEN: readonly string[] = ['waiting', 'queued', 'sent'];

/** One command until it has ended: its states, and while it waits the second person's decision. */
export function CommandRecord({ command, onClose }: { readonly command: CommandView; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(command.tag);
  const problemText = useProblemText();
  const query = useQuery({
    queryKey: ['commands', 'one', command.id],
    queryFn: ({ signal }) => call(commands.get, { params: { id: command.id }, signal }),
    initialData: command,
    refetchInterval: (q) => (OPEN.includes(q.state.data?.state ?? '') ? 700 : false),
    staleTime: 0,
  });
  return (
    <Dialog
      title={t('command.feedback', { label: definition ? pick(definition.label) : command.tag })}
      onClose={onClose}
      testId="command-dialog"
      foot={
        query.data.state === 'waiting' ? (
          <Decision command={query.data} />
        ) : (
          <button type="button" className="btn btn-primary" onClick={onClose}>
            {t('action.close')}
          </button>
        )
      }
    >
      <p className="code">{command.tag}</p>
      <CommandTimeline command={query.data} />
      {query.error ? <p className="err">{problemText(query.error)}</p> : null}
    </Dialog>
  );
}

/** The submitter may withdraw; another person with the right approves or rejects. */
function Decision({ command }: { readonly command: CommandView }): JSX.Element {
  const { t } = useT();
  const { user, can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const decide = useMutation({
    mutationFn: (what: 'approve' | 'withdraw') => {
      const params = { id: command.id };
      return what === 'approve' ? call(commands.approve, { params }) : call(commands.withdraw, { params, body: {} });
    },
    onSuccess: (answer) => client.setQueryData(['commands', 'one', command.id], answer),
    onSettled: () => client.invalidateQueries({ queryKey: ['commands'] }),
  });
  const own = command.submitter === user.id;
  const may = !own && can('command.approve');
  return (
    <>
      <span className={decide.error ? 'err grow' : 'hint grow'} role={decide.error ? 'alert' : undefined}>
        {decide.error ? problemText(decide.error) : may ? '' : t('command.needsSecond')}
      </span>
      {own || may ? (
        <button
          type="button"
          className="btn"
          disabled={decide.isPending}
          onClick={() => decide.mutate('withdraw')}
          data-testid="command-withdraw"
        >
          {t(own ? 'rules.withdraw' : 'tasks.reject')}
        </button>
      ) : null}
      {may ? (
        <button
          type="button"
          className="btn btn-primary"
          disabled={decide.isPending}
          onClick={() => decide.mutate('approve')}
          data-testid="command-approve"
        >
          {t('command.approve')}
        </button>
      ) : null}
    </>
  );
}

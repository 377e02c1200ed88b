import { useQuery, useQueryClient } from '@tanstack/react-query';
import { contract as commands, type CommandView } from '#contract/commands';
import { call } from '../api.ts';
import { useTopic } from '../live.ts';
import { useSession } from '../session.tsx';

/** Commands that wait for a second person: mine, and those that I may approve. */
export function useWaitingCommands(): readonly CommandView[] {
  const { user, can } = useSession();
  const { data } = useQuery({
    queryKey: ['commands', 'waiting'],
    queryFn: async ({ signal }) => (await call(commands.list, { query: { filter: 'state:eq:waiting', limit: 100 }, signal })).items,
    enabled: can('live.read') && (can('command.submit') || can('command.approve')),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
  return (data ?? []).filter((command) => command.submitter === user.id || can('command.approve'));
}

/** Keeps every list of commands with the live topic. Mounted once, by the shell. */
export function useCommandFeed(): void {
  const { can } = useSession();
  const client = useQueryClient();
  useTopic(can('live.read') ? 'commands' : undefined, () => void client.invalidateQueries({ queryKey: ['commands'] }));
}

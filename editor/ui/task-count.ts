import { useQuery, useQueryClient } from '@tanstack/react-query';
import { contract as tasks, type TaskDetail, type TaskSummary } from '#contract/tasks';
import { call } from '../api.ts';
import { useTopic } from '../live.ts';
import { useSession } from '../session.tsx';
import { useWaitingCommands } from './waiting-commands.ts';

/** Open tasks of mine and of my groups. */
export function useOpenTasks(): { data: readonly TaskSummary[] | undefined; error: unknown; refetch: () => unknown } {
  const { can } = useSession();
  return useQuery({
    queryKey: ['tasks', 'all'],
    queryFn: async ({ signal }) => (await call(tasks.list, { query: { list: 'all', limit: 200 }, signal })).items,
    enabled: can('task.complete'),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
}

/** What waits for me: tasks that I can do now, and commands of others that I may approve. */
export function useTaskCount(): number {
  const { user } = useSession();
  const tasksOpen = (useOpenTasks().data ?? []).filter((task) => task.blocked === undefined).length;
  return tasksOpen + useWaitingCommands().filter((command) => command.submitter !== user.id).length;
}

/** Keeps every task list with the live topic. Mounted once, by the shell. */
export function useTaskFeed(): void {
  const { can } = useSession();
  const client = useQueryClient();
  useTopic(can('task.complete') ? 'tasks' : undefined, (message) => {
    void client.invalidateQueries({ queryKey: ['tasks'] });
    const ended = endOf(message['task']);
    // A task that is open on the screen and was closed elsewhere stays readable, with its buttons gone.
    if (ended) client.setQueryData<TaskDetail>(['task', ended.key], (old) => (old === undefined ? old : { ...old, state: ended.state }));
  });
}

function endOf(task: unknown): { key: string; state: 'completed' | 'cancelled' } | undefined {
  if (typeof task !== 'object' || task === null || !('key' in task) || !('kind' in task) || typeof task.key !== 'string') return undefined;
  return task.kind === 'completed' || task.kind === 'cancelled' ? { key: task.key, state: task.kind } : undefined;
}

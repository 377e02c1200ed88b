import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as tasks, type TaskDetail as Task } from '#contract/tasks';
import { ApiProblem, call, newKey } from '../../api.ts';
import { type MessageKey, useT } from '../../i18n.ts';
import { Icon } from '../../ui/icons.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';
import { useShortcut } from '../../ui/shortcuts.ts';
import { toast } from '../../ui/toast.tsx';
import { aroundSearch, mimicOf } from '../../ui/guidance.tsx';
import { TaskForm } from './form.tsx';
import { decisionOf, formAnswer, formFaults, type FormValues } from './form-model.ts';
import { DelegateDialog } from './delegate-dialog.tsx';
import { TaskClock, TaskFacts, TaskGuide, TaskMeasured, TaskTimeline, TaskWrites } from './parts.tsx';

const BLOCKED: Readonly<Record<string, MessageKey>> = {
  TASK_SAME_PERSON: 'tasks.samePerson',
  TASK_NOT_YOURS: 'tasks.notYours',
  TASK_ASSIGNED: 'tasks.assigned',
};

export function TaskDetail({ taskKey, onBack }: { readonly taskKey: string; readonly onBack: () => void }): JSX.Element {
  const query = useQuery({
    queryKey: ['task', taskKey],
    queryFn: ({ signal }) => call(tasks.get, { params: { key: taskKey }, signal }),
    refetchInterval: (one) => (one.state.data?.state === 'open' ? 15_000 : false),
  });
  return (
    <section className="panel task-view" data-testid="task">
      <Load query={query} lines={10}>
        {(task) => <TaskView task={task} onBack={onBack} />}
      </Load>
    </section>
  );
}

function TaskView({ task, onBack }: { readonly task: Task; readonly onBack: () => void }): JSX.Element {
  const { t, pick } = useT();
  const [typed, setTyped] = useState<FormValues>({});
  const [tried, setTried] = useState(false);
  const values = { ...task.values, ...typed };
  const decision = decisionOf(task.form);
  const tag = task.measured?.tag ?? task.writes[0]?.tag;
  const openTask = task.state === 'open' || task.state === 'completing';
  return (
    <>
      <div className="panel-head">
        <button type="button" className="btn btn-icon" onClick={onBack} aria-label={t('action.back')}>
          <Icon name="back" size={18} />
        </button>
        <div className="grow">
          <h1 data-testid="task-title">{pick(task.label)}</h1>
          <p className="mid ellipsis">
            {pick(task.processLabel)} v{task.version} · {task.instance}
          </p>
        </div>
        <nav className="row wide-only" aria-label={t('alarm.links')}>
          <Link className="btn btn-link" to="/workflows/$key" params={{ key: task.instance }}>
            {t('tasks.toInstance')}
          </Link>
          {task.where ? (
            <Link className="btn btn-link" to="/m/$id" params={{ id: mimicOf(task.where.asset) }} search={tag === undefined ? {} : { tag }}>
              {t('alarm.toMimic')}
            </Link>
          ) : null}
          {tag === undefined ? null : (
            <Link className="btn btn-link" to="/trends" search={aroundSearch(tag, Date.parse(task.since))}>
              {t('alarm.toTrend')}
            </Link>
          )}
        </nav>
      </div>
      <div className="task-scroll">
        <div className="task-main">
          <TaskFacts task={task} />
          {task.writes.length > 0 || task.measured ? <TaskWrites task={task} /> : null}
          {task.form && openTask && task.blocked === undefined ? (
            <TaskForm
              form={task.form}
              values={values}
              hide={decision?.key}
              showFaults={tried}
              onChange={(key, value) => setTyped((old) => ({ ...old, [key]: value }))}
            />
          ) : null}
          <TaskMeasured task={task} />
        </div>
        <div className="task-side">
          <TaskClock task={task} />
          <TaskGuide task={task} />
          <TaskTimeline task={task} />
        </div>
      </div>
      {openTask ? <Foot task={task} values={values} onTried={() => setTried(true)} onDone={onBack} /> : <Closed task={task} />}
    </>
  );
}

function Closed({ task }: { readonly task: Task }): JSX.Element {
  const { t } = useT();
  return (
    <div className="task-foot">
      <p className="note">
        <Icon name="check" size={16} />
        {t(task.state === 'cancelled' ? 'tasks.cancelled' : 'tasks.completed', { name: task.completedBy?.name ?? '' })}
      </p>
    </div>
  );
}

interface FootProps {
  readonly task: Task;
  readonly values: FormValues;
  readonly onTried: () => void;
  readonly onDone: () => void;
}

/** Buttons at the thumb: hand over, reject, approve or complete. */
function Foot({ task, values, onTried, onDone }: FootProps): JSX.Element {
  const { t, pick } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  // The same answer sent twice is one completion; another answer is another intention.
  const [keys] = useState(() => new Map<string, string>());
  const [delegating, setDelegating] = useState(false);
  const decision = decisionOf(task.form);
  const keyOf = (answer: string): string => {
    const key = keys.get(answer) ?? newKey();
    keys.set(answer, key);
    return key;
  };
  const complete = useMutation({
    mutationFn: (variables: Record<string, string | number | boolean | null>) =>
      call(tasks.complete, {
        params: { key: task.key },
        body: { variables },
        idempotencyKey: keyOf(JSON.stringify(variables)),
      }),
    onSuccess: async () => {
      toast(t('tasks.done', { label: pick(task.label) }));
      onDone();
      await client.invalidateQueries({ queryKey: ['tasks'] });
    },
    onError: (error) => {
      toast(problemText(error), true);
      if (!(error instanceof ApiProblem && error.status === 409)) return undefined;
      return client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'tasks' || queryKey[0] === 'task' });
    },
  });
  const send = (choice?: string): void => {
    const all = decision && choice !== undefined ? { ...values, [decision.key]: choice } : values;
    if (task.form && formFaults(task.form, all).size > 0) {
      onTried();
      toast(t('form.incomplete'), true);
      return;
    }
    complete.mutate({ ...(task.form ? formAnswer(task.form, all) : {}) });
  };
  const blocked = task.blocked !== undefined;
  const busy = complete.isPending || task.state === 'completing';
  useShortcut('r', () => send(decision?.no), decision !== undefined && !blocked && !busy);
  const why = task.blocked === undefined ? undefined : (BLOCKED[task.blocked] ?? 'tasks.notYours');
  const option = (value: string, fallback: MessageKey): string => {
    const found = task.form?.fields.find((field) => field.key === decision?.key)?.options?.find((one) => one.value === value);
    return found ? pick(found.label) : t(fallback);
  };
  return (
    <div className="task-foot">
      <p className="note">
        <Icon name={blocked ? 'lock' : 'shield'} size={16} />
        {why === undefined ? t('tasks.signed') : t(why, { name: task.assignee?.name ?? '' })}
      </p>
      <button type="button" className="btn" disabled={blocked} onClick={() => setDelegating(true)}>
        {t('tasks.delegate')}
      </button>
      {decision ? (
        <>
          <button type="button" className="btn" disabled={blocked || busy} onClick={() => send(decision.no)} data-testid="reject">
            {option(decision.no, 'tasks.reject')}
          </button>
          <button
            type="button"
            className="btn btn-primary"
            disabled={blocked || busy}
            onClick={() => send(decision.yes)}
            data-testid="approve"
          >
            {option(decision.yes, 'tasks.approve')}
          </button>
        </>
      ) : (
        <button type="button" className="btn btn-primary" disabled={blocked || busy} onClick={() => send()} data-testid="complete">
          {t('tasks.complete')}
        </button>
      )}
      {delegating ? <DelegateDialog taskKey={task.key} onClose={() => setDelegating(false)} onDone={onDone} /> : null}
    </div>
  );
}

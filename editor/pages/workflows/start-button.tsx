import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as workflows, type ProcessDetail } from '#contract/workflows';
import { call, newKey } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { TaskForm } from '../tasks/form.tsx';
import { formAnswer, formFaults, type FormValues } from '../tasks/form-model.ts';
import '../tasks/tasks.css';

/** Starts an instance by its start form; the same press twice is the same instance. */
export function StartButton({ process }: { readonly process: ProcessDetail }): JSX.Element {
  const { t, pick } = useT();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [open, setOpen] = useState(false);
  const [values, setValues] = useState<FormValues>({});
  const [tried, setTried] = useState(false);
  const [key] = useState(newKey);
  const form = process.startForm;
  const start = useMutation({
    mutationFn: () =>
      call(workflows.start, {
        params: { id: process.id },
        body: { variables: form ? { ...formAnswer(form, values) } : {} },
        idempotencyKey: key,
      }),
    onSuccess: (answer) => navigate({ to: '/workflows/$key', params: { key: answer.key } }),
  });
  const send = (): void => {
    setTried(true);
    if (!form || formFaults(form, values).size === 0) start.mutate();
  };
  return (
    <>
      <button type="button" className="btn btn-primary" onClick={() => setOpen(true)} data-testid="start-process">
        {t('workflows.start')}
      </button>
      {open && form ? (
        <Dialog
          title={`${t('workflows.start')} · ${pick(process.label)}`}
          onClose={() => setOpen(false)}
          foot={
            <button type="button" className="btn btn-primary" disabled={start.isPending} onClick={send}>
              {t('workflows.start')}
            </button>
          }
        >
          <TaskForm
            form={form}
            values={values}
            showFaults={tried}
            onChange={(name, value) => setValues((old) => ({ ...old, [name]: value }))}
          />
          {start.error ? (
            <p className="err" role="alert">
              {problemText(start.error)}
            </p>
          ) : null}
        </Dialog>
      ) : null}
    </>
  );
}

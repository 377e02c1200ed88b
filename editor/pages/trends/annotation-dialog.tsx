import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as trends, type AnnotationView } from '#contract/trends';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { useProblemText } from '../../ui/states.tsx';
import { ANNOTATIONS } from './data.ts';
import { localInput } from './local-input.ts';

export interface AnnotationDialogProps {
  /** The one that is looked at; left out = a new one. */
  readonly annotation?: AnnotationView;
  readonly tags: readonly string[];
  readonly at: number;
  readonly onClose: () => void;
}

/** A new annotation, one's own to change, or somebody else's to read. */
export function AnnotationDialog({ annotation, tags, at, onClose }: AnnotationDialogProps): JSX.Element {
  const { t } = useT();
  const { user } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [text, setText] = useState(annotation?.text ?? '');
  const [from, setFrom] = useState(localInput(annotation?.at ?? at));
  const [until, setUntil] = useState(annotation?.until === undefined ? '' : localInput(annotation.until));
  const isMine = annotation === undefined || annotation.by.id === user.id;
  const done = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ANNOTATIONS });
    onClose();
  };
  const save = useMutation({
    mutationFn: () => {
      const end = until === '' ? {} : { until: Date.parse(until) };
      const body = { tags: [...(annotation?.tags ?? tags)], at: Date.parse(from), ...end, text: text.trim() };
      return annotation
        ? call(trends.changeAnnotation, { params: { id: annotation.id }, body, ifMatch: `"${annotation.ver}"` })
        : call(trends.addAnnotation, { body });
    },
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: () => call(trends.removeAnnotation, { params: { id: annotation?.id ?? '' } }),
    onSuccess: done,
  });
  const error = save.error ?? remove.error;
  const isValid = text.trim() !== '' && !Number.isNaN(Date.parse(from)) && (until === '' || Date.parse(until) >= Date.parse(from));
  return (
    <Dialog
      title={t(annotation === undefined ? 'trend.annotate' : 'trend.annotation')}
      onClose={onClose}
      testId="annotation-dialog"
      foot={
        isMine ? (
          <>
            {annotation ? (
              <button type="button" className="btn btn-danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
                {t('action.remove')}
              </button>
            ) : null}
            <button type="button" className="btn btn-primary" disabled={!isValid || save.isPending} onClick={() => save.mutate()}>
              {t('trend.save')}
            </button>
          </>
        ) : undefined
      }
    >
      {annotation ? (
        <p className="mid">
          {annotation.by.name} · {formatDateTime(annotation.changed)} · {annotation.tags.join(' ')}
        </p>
      ) : (
        <p className="mid">{tags.join(' ')}</p>
      )}
      {isMine ? (
        <>
          <label className="field">
            <span>{t('trend.text')}</span>
            <textarea className="input" rows={3} maxLength={500} value={text} onChange={(event) => setText(event.target.value)} autoFocus />
          </label>
          <div className="row">
            <label className="field">
              <span>{t('trend.from')}</span>
              <input className="input num" type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
            </label>
            <label className="field">
              <span>{t('trend.until')}</span>
              <input className="input num" type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
            </label>
          </div>
        </>
      ) : (
        <>
          <p>{annotation.text}</p>
          <p className="num mid">
            {formatDateTime(annotation.at)} {annotation.until === undefined ? '' : `– ${formatDateTime(annotation.until)}`}
          </p>
        </>
      )}
      {error ? (
        <p className="err" role="alert">
          {problemText(error)}
        </p>
      ) : null}
    </Dialog>
  );
}

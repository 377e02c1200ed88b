import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract } from '#contract/ledgers';
import { valueOfCell } from '#domain/ledger/cell.ts';
import { isMasked } from '#domain/ledger/definition.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { checkRecord, withChange } from '#domain/ledger/record.ts';
import { ApiProblem, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { type RecordView, textOf, type Titles, valueOf } from './data.ts';
import { FieldInput } from './field-input.tsx';
import { LevelMark } from './level.tsx';
import { usePurpose } from './purpose.tsx';

type Texts = Readonly<Record<string, string>>;

const valuesOf = (record: RecordView | undefined) =>
  Object.fromEntries(
    Object.entries(record?.values ?? {}).flatMap(([name, value]) => {
      const known = valueOf(value);
      return known === undefined ? [] : [[name, known]];
    }),
  );

/** What the texts of the form say, as a change: an emptied field is null. */
function changeOf(type: LedgerType, texts: Texts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      const field = type.fields[name];
      return field ? [[name, valueOfCell(field, text) ?? null]] : [];
    }),
  );
}

/** A record as a form: only what was typed is sent, so that masked values stay what they are. */
export function RecordForm({
  type,
  record,
  titles,
  onSaved,
  onCancel,
  onReveal,
}: {
  readonly type: LedgerType;
  /** Left out: a new one. */
  readonly record: RecordView | undefined;
  readonly titles: Titles;
  readonly onSaved: (code: string) => void;
  readonly onCancel?: () => void;
  readonly onReveal: () => void;
}): JSX.Element {
  const { t, pick, lang } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const purpose = usePurpose();
  const [texts, setTexts] = useState<Texts>({});
  const [reason, setReason] = useState('');
  const may = can('ledger.write');
  const change = changeOf(type, texts);
  const masked = new Set(record?.masked);
  const hidden = (name: string): boolean => masked.has(name) && texts[name] === undefined;
  const { faults } = checkRecord(type, withChange(valuesOf(record), change));
  // What is masked cannot be judged here; the server does.
  const shown = faults.filter((fault) => !hidden(fault.field) && (texts[fault.field] !== undefined || record !== undefined));
  const blocking = faults.filter((fault) => !hidden(fault.field));
  const names = Object.keys(texts);

  const save = useMutation({
    mutationFn: () =>
      record === undefined
        ? call(contract.create, {
            params: { type: type.id },
            body: { values: Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null)) },
          })
        : call(contract.update, {
            params: { type: type.id, id: record.code },
            body: { values: change, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) },
            ifMatch: `"${record.ver}"`,
          }),
    onSuccess: async (answer) => {
      setTexts({});
      setReason('');
      toast(t('ledgers.saved', { code: answer.record.code }));
      await client.invalidateQueries({ queryKey: ['ledgers'] });
      onSaved(answer.record.code);
    },
  });
  const serverFault = (name: string): string | undefined =>
    save.error instanceof ApiProblem && save.error.place?.path === name ? problemText(save.error) : undefined;

  return (
    <form
      className="ledger-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="ledger-fields" tabIndex={0} role="region" aria-label={t('ledgers.fields')}>
        {type.groups.map((group) => {
          const level = Math.max(...group.fields.map((name) => type.fields[name]?.level ?? 1));
          return (
            <fieldset key={group.label.en}>
              <legend>
                {pick(group.label)} <LevelMark level={level} />
              </legend>
              <div className="ledger-grid">
                {group.fields.map((name) => {
                  const field = type.fields[name];
                  if (!field) return null;
                  const stored = textOf(field, record?.values[name], lang);
                  return (
                    <FieldInput
                      key={name}
                      name={name}
                      field={field}
                      text={texts[name] ?? stored}
                      titles={titles}
                      disabled={!may}
                      masked={hidden(name)}
                      dirty={texts[name] !== undefined}
                      fault={serverFault(name) ?? shown.filter((fault) => fault.field === name).map((fault) => pick(fault.text))[0]}
                      onReplace={() => setTexts((old) => ({ ...old, [name]: '' }))}
                      onChange={(text) => {
                        save.reset();
                        setTexts((old) => {
                          const { [name]: _gone, ...rest } = old;
                          return text === stored && !(masked.has(name) && isMasked(field)) ? rest : { ...old, [name]: text };
                        });
                      }}
                    />
                  );
                })}
              </div>
            </fieldset>
          );
        })}
        {masked.size > 0 && can('pii.read') && purpose === undefined ? (
          <p className="hint">
            {t('ledgers.maskedHint')}{' '}
            <button type="button" className="btn btn-link" onClick={onReveal} data-testid="ask-reveal">
              {t('ledgers.reveal')}
            </button>
          </p>
        ) : null}
      </div>
      {may ? (
        <div className="panel-foot">
          {save.error &&
          !(save.error instanceof ApiProblem && save.error.place?.path !== undefined && type.fields[save.error.place.path]) ? (
            <span className="err" role="alert">
              {problemText(save.error)}
            </span>
          ) : (
            <span className="draft strong" aria-live="polite">
              {names.length === 0 ? '' : t('ledgers.unsaved', { n: names.length })}
            </span>
          )}
          <span className="grow" />
          {record !== undefined && names.length > 0 ? (
            <input
              className="input"
              style={{ width: 200 }}
              placeholder={t('ledgers.reason')}
              aria-label={t('ledgers.reason')}
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.target.value)}
            />
          ) : null}
          <button
            type="button"
            className="btn"
            disabled={names.length === 0 && !onCancel}
            onClick={() => {
              setTexts({});
              save.reset();
              onCancel?.();
            }}
          >
            {t('ledgers.discard')}
          </button>
          <button
            type="submit"
            className="btn btn-primary"
            disabled={names.length === 0 || blocking.length > 0 || save.isPending}
            data-testid="save-record"
          >
            {t(record === undefined ? 'ledgers.create' : 'ledgers.save')}
          </button>
        </div>
      ) : null}
    </form>
  );
}

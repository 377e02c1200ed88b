import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as commands, type GateView } from '#contract/commands';
import { call, newKey } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { formatNumber, formatUnit } from '../../ui/format.ts';
import { Empty, ErrorBox, Load } from '../../ui/states.tsx';
import { useTagDefinition } from '../../ui/tags.ts';
import { AnalogueBar, LiveValueText, useValueText } from '../../ui/value.tsx';
import { CommandRecord } from './record.tsx';

const MODES = [0, 1, 2] as const;

/** Two steps to the plant: propose with the present value and the gate's limits, then confirm; after that the feedback. */
export function CommandDialog({ tag, onClose }: { readonly tag: string; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(tag);
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const [step, setStep] = useState<'enter' | 'confirm'>('enter');
  const [key] = useState(newKey);
  const client = useQueryClient();
  const wanted = value.trim() === '' ? undefined : Number(value);
  const gate = useQuery({
    queryKey: ['gate', tag, wanted ?? null],
    queryFn: ({ signal }) =>
      call(commands.gate, { params: { tag }, query: wanted === undefined || !Number.isFinite(wanted) ? {} : { value: wanted }, signal }),
    refetchInterval: 5000,
    staleTime: 0,
    placeholderData: (previous) => previous,
  });
  const submit = useMutation({
    mutationFn: (body: { tag: string; value: number; reason: string }) => call(commands.submit, { body, idempotencyKey: key }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['commands'] }),
  });
  const title = definition ? pick(definition.label) : tag;
  if (submit.data) return <CommandRecord command={submit.data} onClose={onClose} />;
  const allowed = gate.data?.listed === true && gate.data.refusal === undefined && wanted !== undefined && Number.isFinite(wanted);
  return (
    <Dialog
      title={t('command.title', { label: title })}
      onClose={onClose}
      testId="command-dialog"
      foot={
        step === 'enter' ? (
          <button
            type="button"
            className="btn btn-primary"
            disabled={!allowed || reason.trim() === ''}
            onClick={() => setStep('confirm')}
            data-testid="command-next"
          >
            {t('command.next')}
          </button>
        ) : (
          <>
            <button type="button" className="btn" onClick={() => setStep('enter')}>
              {t('action.back')}
            </button>
            <button
              type="button"
              className="btn btn-primary"
              disabled={submit.isPending || wanted === undefined}
              onClick={() => submit.mutate({ tag, value: wanted ?? 0, reason: reason.trim() })}
              data-testid="command-send"
            >
              {t(gate.data?.secondPerson ? 'command.sendSecond' : 'command.send')}
            </button>
          </>
        )
      }
    >
      <ol className="steps">
        <li aria-current={step === 'enter' ? 'step' : undefined}>
          <b>1</b> {t('command.step1')}
        </li>
        <li aria-current={step === 'confirm' ? 'step' : undefined}>
          <b>2</b> {t('command.step2')}
        </li>
      </ol>
      <p className="code">{tag}</p>
      <Load query={gate}>
        {(view) =>
          view.listed ? (
            <>
              <GateFacts view={view} tag={tag} wanted={wanted} />
              {step === 'enter' ? (
                <>
                  <ValueField view={view} tag={tag} value={value} onChange={setValue} />
                  <label className="field">
                    <span>{t('command.reason')}</span>
                    <input
                      className="input"
                      value={reason}
                      maxLength={500}
                      onChange={(event) => setReason(event.target.value)}
                      data-testid="command-reason"
                    />
                  </label>
                </>
              ) : (
                <Confirm view={view} tag={tag} wanted={wanted} reason={reason} />
              )}
            </>
          ) : (
            <Empty icon="lock" title={t('command.notListed')} hint={t('command.notListedHint')} />
          )
        }
      </Load>
      {submit.error ? <ErrorBox error={submit.error} /> : null}
    </Dialog>
  );
}

function GateFacts({
  view,
  tag,
  wanted,
}: {
  readonly view: GateView;
  readonly tag: string;
  readonly wanted: number | undefined;
}): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(tag);
  const decimals = definition?.decimals ?? 1;
  const unit = formatUnit(view.unit);
  const { rule } = view;
  return (
    <>
      <dl className="kv">
        <dt>{t('command.present')}</dt>
        <dd>
          <LiveValueText tag={tag} />
        </dd>
        {rule ? (
          <>
            <dt>{t('command.range')}</dt>
            <dd className="num">
              {formatNumber(rule.min, decimals)} – {formatNumber(rule.max, decimals)} {unit}
              {rule.maxStep === undefined ? '' : ` · ${t('command.maxStep', { step: formatNumber(rule.maxStep, decimals) })} ${unit}`}
            </dd>
            <dt>{t('command.risk')}</dt>
            <dd>
              {t(`risk.${rule.risk}`)} · {t('command.persons', { n: rule.persons })}
            </dd>
          </>
        ) : null}
        {view.mode === undefined ? null : (
          <>
            <dt>{t('command.mode')}</dt>
            <dd>
              {view.mode === 'auto' || view.mode === 'manual' || view.mode === 'remote' || view.mode === 'local'
                ? t(`mode.${view.mode}`)
                : view.mode}
            </dd>
          </>
        )}
      </dl>
      {rule && typeof view.present?.value === 'number' ? (
        <AnalogueBar value={view.present.value} range={[rule.min, rule.max]} setpoint={wanted} />
      ) : null}
      {view.refusal ? (
        <p className="err" role="alert" data-testid="gate-refusal">
          {pick(view.refusal.detail)} <span className="code">{view.refusal.code}</span>
        </p>
      ) : null}
    </>
  );
}

function ValueField({
  view,
  tag,
  value,
  onChange,
}: {
  readonly view: GateView;
  readonly tag: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  const { t } = useT();
  const definition = useTagDefinition(tag);
  if (definition?.measurand === 'MODE') {
    return (
      <fieldset className="seg" aria-label={t('command.value')}>
        {MODES.map((mode) => (
          <button
            key={mode}
            type="button"
            aria-pressed={value === String(mode)}
            onClick={() => onChange(String(mode))}
            data-testid={`mode-${mode}`}
          >
            {t(mode === 0 ? 'mode.auto' : mode === 1 ? 'mode.manual' : 'mode.remote')}
          </button>
        ))}
      </fieldset>
    );
  }
  return (
    <label className="field">
      <span>
        {t('command.value')} {formatUnit(view.unit)}
      </span>
      <input
        className="input num"
        type="number"
        inputMode="decimal"
        step={10 ** -(definition?.decimals ?? 1)}
        min={view.rule?.min}
        max={view.rule?.max}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-testid="command-value"
        autoFocus
      />
    </label>
  );
}

function Confirm({
  view,
  tag,
  wanted,
  reason,
}: {
  readonly view: GateView;
  readonly tag: string;
  readonly wanted: number | undefined;
  readonly reason: string;
}): JSX.Element {
  const { t } = useT();
  const definition = useTagDefinition(tag);
  const text = useValueText();
  return (
    <div className="panel pad" role="status">
      <p className="row">
        <b className="num livev">{text(view.present?.value, definition)}</b> → <b className="num draft">{text(wanted, definition)}</b>{' '}
        {formatUnit(view.unit)}
      </p>
      <p className="mid">{reason}</p>
      {view.secondPerson ? <p className="hint">{t('command.needsSecond')}</p> : null}
      <p className="hint">{t('command.audited')}</p>
    </div>
  );
}

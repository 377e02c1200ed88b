import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract, type ImportResult } from '#contract/ledgers';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { addressOf, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A sheet is first tried: every bad cell is listed; then all rows are taken, or none. */
export function ImportDialog({ type, onClose }: { readonly type: LedgerType; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [file, setFile] = useState<File>();
  const send = async (chosen: File, dryRun: boolean): Promise<ImportResult> =>
    call(contract.import, {
      params: { type: type.id },
      body: {
        format: chosen.name.toLowerCase().endsWith('.csv') ? 'csv' : 'xlsx',
        name: chosen.name,
        data: await base64Of(chosen),
        dryRun,
      },
    });
  const attempt = useMutation({ mutationFn: (chosen: File) => send(chosen, true) });
  const apply = useMutation({
    mutationFn: (chosen: File) => send(chosen, false),
    onSuccess: async (result) => {
      if (!result.applied) return;
      toast(t('ledgers.imported', { created: result.created, updated: result.updated }));
      await client.invalidateQueries({ queryKey: ['ledgers'] });
      onClose();
    },
  });
  const result = apply.data ?? attempt.data;
  const good = result !== undefined && result.faultCount === 0 && result.created + result.updated > 0;
  return (
    <Dialog
      wide
      title={`${t('ledgers.import')} · ${pick(type.label)}`}
      onClose={onClose}
      testId="import-dialog"
      foot={
        <>
          <a className="btn" href={addressOf(contract.template.path, { type: type.id }, {})} download>
            {t('ledgers.template')}
          </a>
          <button
            type="button"
            className="btn btn-primary"
            disabled={!file || !good || apply.isPending}
            onClick={() => (file ? apply.mutate(file) : undefined)}
            data-testid="import-apply"
          >
            {t('ledgers.importApply')}
          </button>
        </>
      }
    >
      <label className="field">
        <span>{t('ledgers.file')}</span>
        <input
          className="input"
          type="file"
          accept=".xlsx,.csv"
          data-testid="import-file"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            setFile(chosen);
            apply.reset();
            attempt.reset();
            if (chosen) attempt.mutate(chosen);
          }}
        />
        <span className="hint">{t('ledgers.fileHint')}</span>
      </label>
      {attempt.isPending ? <p role="status">{t('ledgers.trying')}</p> : null}
      {[attempt.error, apply.error].map((error) =>
        error ? (
          <p key={error.message} className="err" role="alert">
            {problemText(error)}
          </p>
        ) : null,
      )}
      {result ? <Outcome result={result} /> : null}
    </Dialog>
  );
}

function Outcome({ result }: { readonly result: ImportResult }): JSX.Element {
  const { t, pick } = useT();
  const { rows, created, updated, unchanged, faults, faultCount, ignored } = result;
  return (
    <>
      <p data-testid="import-counts">{t('ledgers.counts', { rows, created, updated, unchanged })}</p>
      {ignored.length > 0 ? <p className="hint">{t('ledgers.ignored', { names: ignored.join(', ') })}</p> : null}
      {faultCount === 0 ? null : (
        <div className="import-faults" tabIndex={0} role="region" aria-label={t('ledgers.faults', { n: faultCount })}>
          <table className="table" data-testid="import-faults">
            <caption className="err">{t('ledgers.faults', { n: faultCount })}</caption>
            <thead>
              <tr>
                <th className="right">{t('ledgers.row')}</th>
                <th>{t('ledgers.column')}</th>
                <th>{t('ledgers.value')}</th>
                <th>{t('ledgers.fault')}</th>
              </tr>
            </thead>
            <tbody>
              {faults.map((fault) => (
                <tr key={`${fault.row}.${fault.field}.${fault.code}.${fault.text.en}`}>
                  <td className="num right">{fault.row}</td>
                  <td>{fault.column}</td>
                  <td>{fault.value ?? ''}</td>
                  <td>{pick(fault.text)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { InstanceDetail } from '#contract/workflows';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatUnit } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { useAssets, useTagDefinition } from '../../ui/tags.ts';
import { useValueText } from '../../ui/value.tsx';
import { VARIABLE_NAMES } from './variable-names.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const HASH = /^[0-9a-f]{64}$/;
/** Variables that are values of the tag that the variable `tag` beside them names. */
const MEASURED = new Set(['value', 'limit', 'before', 'setpoint', 'readBack']);

/** What the instance knows, by the names of the field; times local, values with the decimals and unit of their tag. */
export function Variables({ instance }: { readonly instance: InstanceDetail }): JSX.Element {
  const { t, pick } = useT();
  const entries = Object.entries(instance.variables).filter(([, value]) => value !== null);
  const { tag } = instance.variables;
  return (
    <Panel scrolls className="i-vars" title={t('workflows.variables')} sub={String(entries.length)}>
      <table className="table">
        <tbody>
          {entries.map(([name, value]) => {
            const known = VARIABLE_NAMES[name];
            return (
              <tr key={name}>
                <td className="mid" title={name}>
                  {known ? pick(known) : name}
                </td>
                <td className="num livev" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
                  <VariableValue value={value} tag={MEASURED.has(name) && typeof tag === 'string' ? tag : ''} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

/** A value of a tag, a time, a tag, an asset, a hash, a list or an object; anything else as it is. */
function VariableValue({ value, tag }: { readonly value: unknown; readonly tag: string }): JSX.Element {
  const { t } = useT();
  const measured = useTagDefinition(tag);
  const valueText = useValueText();
  if (typeof value === 'number')
    return <>{measured ? `${valueText(value, measured)} ${formatUnit(measured.unit)}` : String(Number(value.toPrecision(7)))}</>;
  if (typeof value === 'boolean') return <>{t(value ? 'value.on' : 'value.off')}</>;
  if (typeof value === 'string') return <Words text={value} />;
  if (Array.isArray(value)) return <>{value.map(String).join(', ')}</>;
  return typeof value === 'object' && value !== null ? <Parts value={value} tag={tag} /> : <>—</>;
}

function Words({ text }: { readonly text: string }): JSX.Element {
  const { pick } = useT();
  const named = useTagDefinition(text);
  const asset = useAssets().data?.find((one) => one.id === text);
  if (named)
    return (
      <Link to="/tags/$id" params={{ id: named.id }}>
        {named.id}
      </Link>
    );
  if (asset)
    return (
      <>
        {pick(asset.label)} <span className="code">{asset.id}</span>
      </>
    );
  if (TIME.test(text)) return <>{formatDateTime(Date.parse(text))}</>;
  return HASH.test(text) ? <span className="hash">{text.slice(0, 12)}</span> : <>{text}</>;
}

/** An object in one line; its own tag gives the unit of its values. */
function Parts({ value, tag }: { readonly value: object; readonly tag: string }): JSX.Element {
  const { pick } = useT();
  const own = 'tag' in value && typeof value.tag === 'string' ? value.tag : tag;
  return (
    <>
      {Object.entries(value).map(([name, part]: [string, unknown]) => {
        const known = VARIABLE_NAMES[name];
        return (
          <span key={name} style={{ marginRight: 10 }}>
            <span className="mid">{known ? pick(known) : name}</span> <VariableValue value={part} tag={MEASURED.has(name) ? own : ''} />
          </span>
        );
      })}
    </>
  );
}

import type { AlarmItem, Occurrence } from '#contract/alarms';
import type { AlarmState, AlarmView } from '#domain/alarm/types.ts';
import type { Millis } from '#domain/time.ts';
import type { Alarms, StoredTransition, TagDictionary } from '../../services.ts';

const iso = (at: Millis): string => new Date(at).toISOString();

/** A view with times as ISO 8601 and the names of its asset and unit. */
export function itemOf(view: AlarmView, dictionary: TagDictionary): AlarmItem {
  const { raisedAt, shelvedUntil, at, value, ...same } = view;
  const asset = dictionary.asset(view.asset);
  const tag = view.tag === undefined ? undefined : dictionary.tag(view.tag);
  return {
    ...same,
    at: iso(at),
    ...(asset ? { assetLabel: asset.label } : {}),
    ...(tag ? { decimals: tag.decimals } : {}),
    ...(raisedAt === undefined ? {} : { raisedAt: iso(raisedAt) }),
    ...(shelvedUntil === undefined ? {} : { shelvedUntil: iso(shelvedUntil) }),
    ...(value === undefined ? {} : { value }),
  };
}

const isReturn = ({ from, to }: StoredTransition): boolean =>
  (from === 'unack' && (to === 'rtn-unack' || to === 'latched-unack')) || (from === 'acked' && (to === 'normal' || to === 'latched-acked'));

/** One occurrence from its transitions in order; the first is the rise. */
export function occurrenceOf(steps: readonly StoredTransition[], alarms: Alarms, dictionary: TagDictionary): Occurrence | undefined {
  const [rise] = steps;
  if (!rise) return undefined;
  const acknowledged = steps.find(({ action }) => action === 'acknowledge');
  const returned = steps.find(isReturn);
  const tag = rise.values[0] ? dictionary.tag(rise.values[0].tag) : undefined;
  const state: AlarmState = steps.at(-1)?.to ?? rise.to;
  return {
    alarm: rise.alarm,
    occurrence: rise.occurrence,
    label: alarms.view(rise.alarm)?.label ?? { zh: rise.alarm, en: rise.alarm },
    asset: rise.asset,
    priority: rise.priority,
    raisedAt: iso(rise.at),
    state,
    ...(acknowledged ? { acknowledgedAt: iso(acknowledged.at) } : {}),
    ...(acknowledged?.by ? { acknowledgedBy: acknowledged.by } : {}),
    ...(returned ? { returnedAt: iso(returned.at) } : {}),
    ...(rise.value === undefined ? {} : { value: rise.value }),
    ...(rise.limit === undefined ? {} : { limit: rise.limit }),
    ...(tag ? { unit: tag.unit } : {}),
    revision: rise.revision,
  };
}

/** One step of the trace. */
export const stepOf = (step: StoredTransition) => ({
  at: iso(step.at),
  from: step.from,
  to: step.to,
  cause: step.cause,
  values: step.values.map(({ tag, at, value, quality }) => ({ tag, at: iso(at), value, quality })),
  revision: step.revision,
  ...(step.action === undefined ? {} : { action: step.action }),
  ...(step.by ? { who: step.by } : {}),
  ...(step.reason === undefined ? {} : { reason: step.reason }),
  ...(step.truthSince === undefined ? {} : { truthSince: iso(step.truthSince) }),
  ...(step.limit === undefined ? {} : { limit: step.limit }),
});

import { parseAggregate, type Aggregate } from '#domain/history/aggregate.ts';
import { calendarBuckets, type Buckets, type Every, type Season } from '#domain/history/buckets.ts';
import type { Exchange } from '#domain/history/counter.ts';
import { zoneOf, type Zone } from '#domain/history/zone.ts';
import { Problem } from '#domain/errors.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Millis } from '#domain/time.ts';
import type { TagDictionary } from '../../services.ts';

const TAG_LIMIT = 50;
/** Buckets of one tag that one answer holds at most. */
const BUCKET_LIMIT = 20_000;
const DEFAULT_ZONE = 'Asia/Shanghai';

/** What is asked of the history, as the query or the body of a request says it. */
export interface HistoryAsk {
  readonly tags: string;
  readonly from: string;
  readonly to: string;
  readonly every?: Every;
  readonly aggregate?: string;
  readonly limit?: number;
  readonly rollover?: number;
  readonly exchanges?: string;
  readonly zone?: string;
}

/** The same, checked. `from` and `to` are widened to whole buckets. */
export interface HistoryPlan {
  readonly tags: readonly TagDefinition[];
  readonly from: Millis;
  readonly to: Millis;
  readonly zone: Zone;
  /** Undefined: raw samples. */
  readonly buckets?: Buckets & { readonly every: Every; readonly aggregates: readonly Aggregate[] };
}

export function timeOf(text: string, path: string): Millis {
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at))
    throw new Problem('TIME_INVALID', 400, `"${text}" is no time: ISO 8601 or UTC milliseconds`, { place: { path } });
  return at;
}

export function tagsOf(text: string, dictionary: TagDictionary): TagDefinition[] {
  const ids = [...new Set(text.split(',').filter((id) => id !== ''))];
  if (ids.length > TAG_LIMIT) throw new Problem('LIST_TOO_LONG', 400, `at most ${TAG_LIMIT} tags at once`, { place: { path: 'tags' } });
  return ids.map((id) => {
    const tag = dictionary.tag(id);
    if (!tag) throw new Problem('TAG_UNKNOWN', 404, `there is no tag "${id}"`, { context: { tag: id } });
    return tag;
  });
}

export function zoneNamed(name: string): Zone {
  const zone = zoneOf(name);
  if (!zone) throw new Problem('ZONE_UNKNOWN', 400, `there is no time zone "${name}"`, { place: { path: 'zone' } });
  return zone;
}

/** `2026-01-10T08:00:00Z/1234.5/0;...`: when the meter was replaced, what the old one showed, where the new one began. */
function exchangesOf(text: string, tags: readonly TagDefinition[]): Exchange[] {
  const fault = (detail: string): Problem => new Problem('EXCHANGES_INVALID', 400, detail, { place: { path: 'exchanges' } });
  if (tags.length !== 1) throw fault('exchanges belong to one meter: ask for exactly one tag');
  const list = text.split(';').map((part): Exchange => {
    const [at = '', before = '', after = '', ...more] = part.split('/');
    if (before === '' || after === '' || more.length > 0 || !Number.isFinite(Number(before)) || !Number.isFinite(Number(after)))
      throw fault(`"${part}" is not time/last reading of the old meter/first reading of the new one`);
    return { at: timeOf(at, 'exchanges'), before: Number(before), after: Number(after) };
  });
  return list.sort((a, b) => a.at - b.at);
}

function aggregatesOf(ask: HistoryAsk, tags: readonly TagDefinition[]): Aggregate[] {
  const rules = {
    ...(ask.rollover === undefined ? {} : { rollover: ask.rollover }),
    ...(ask.exchanges === undefined ? {} : { exchanges: exchangesOf(ask.exchanges, tags) }),
  };
  const text = tags.find((tag) => tag.type === 'string');
  if (text) throw new Problem('AGGREGATE_TAG', 422, `${text.id} holds texts: they have no aggregates`, { context: { tag: text.id } });
  return [...new Set((ask.aggregate ?? 'mean').split(','))].map((name) => {
    const aggregate = parseAggregate(name, { rules, ...(ask.limit === undefined ? {} : { limit: ask.limit }) });
    if (aggregate) return aggregate;
    const detail =
      name === 'above' || name === 'below'
        ? `the aggregate "${name}" needs a limit`
        : `there is no aggregate "${name}"; there are mean, min, max, sum, count, first, last, timeMean, above, below, delta, p0 to p100`;
    throw new Problem('AGGREGATE_INVALID', 400, detail, { place: { path: 'aggregate' } });
  });
}

/** @throws Problem with the place if anything of the ask is not valid */
export function planOf(ask: HistoryAsk, dictionary: TagDictionary, season: Season): HistoryPlan {
  const tags = tagsOf(ask.tags, dictionary);
  const from = timeOf(ask.from, 'from');
  const to = timeOf(ask.to, 'to');
  if (to <= from) throw new Problem('RANGE_EMPTY', 400, '`to` must be later than `from`', { place: { path: 'to' } });
  const zone = zoneNamed(ask.zone ?? DEFAULT_ZONE);
  if (ask.every === undefined) {
    if (ask.aggregate === undefined) return { tags, from, to, zone };
    throw new Problem('AGGREGATE_INVALID', 400, 'an aggregate needs the width of its buckets: every=1h', { place: { path: 'every' } });
  }
  const aggregates = aggregatesOf(ask, tags);
  const buckets = calendarBuckets(ask.every, from, to, zone, { season, limit: BUCKET_LIMIT });
  if (!buckets)
    throw new Problem('BUCKETS_TOO_MANY', 400, `more than ${BUCKET_LIMIT} buckets a tag; take wider ones or a shorter range`, {
      place: { path: 'every' },
    });
  const [first = from] = buckets.edges;
  return { tags, from: first, to: buckets.edges.at(-1) ?? to, zone, buckets: { ...buckets, every: ask.every, aggregates } };
}

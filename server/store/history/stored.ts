import { statSync } from 'node:fs';
import type { Millis } from '#domain/time.ts';
import type { Database } from '../embedded/sqlite.ts';
import { DAY_MILLIS, dayOf, dayStart, HOUR_MILLIS, monthDays } from './calendar.ts';
import { EMPTY, Growing, lowerBound, slice, union, type Columns } from './columns.ts';
import { bytesOf, eachHot, hasLate, hotSpan, MAX_TAGS, readHot, type Span } from './hot-table.ts';
import { dayId, dayOfId, edgesOf, hourId, HOURS, MonthFiles, ROLL_MILLIS, ROLLS, type FileStatistics } from './month-file.ts';
import { FIELDS, meanAt, type Buckets } from './summary.ts';
import { decodeSummaries } from './summary-codec.ts';

/** From so many tags on their summaries are read at once. */
const MANY = 50;

/** What to read of one tag: its number (0 = never seen), and its newest chunks as they are in memory. */
export interface ReadRequest {
  readonly id: number;
  readonly memory: readonly Columns[];
}

export interface Read {
  readonly columns: Columns;
  /** Some of it are 10-minute means: the samples were deleted after their time. */
  readonly rollup: boolean;
}

/** Answers from the files and what was in memory; used by the server for short ranges and by the reading thread for the rest. */
export class StoredHistory {
  readonly #hot: Database;
  readonly #months: MonthFiles;
  readonly #table = new Float64Array(HOURS * FIELDS);

  constructor(hot: Database, dir: string) {
    this.#hot = hot;
    this.#months = new MonthFiles(dir);
  }

  /** Samples that would have to be decoded, counted until there are more than `limit`. */
  count(requests: readonly ReadRequest[], from: Millis, to: Millis, limit: number): number {
    const span = hotSpan(this.#hot);
    this.#months.refresh();
    const months = this.#months.rawMonths(from, to);
    let total = 0;
    for (const { id } of requests) {
      if (id === 0) continue;
      for (const month of months) total += this.#months.count(month, id, dayOf(from), dayOf(to - 1));
      eachHot(this.#hot, span, id, from, to, (_, n) => {
        total += n;
      });
      if (total > limit) break;
    }
    return total;
  }

  /** A time before which a tag has no samples. */
  begin({ id, memory }: ReadRequest): Millis {
    this.#months.refresh();
    const late = this.#hot.get('SELECT min(at) AS at FROM late WHERE tag = ?', id)?.['at'];
    const first = [hotSpan(this.#hot)?.first, this.#months.begin(), memory[0]?.at[0], typeof late === 'number' ? late : undefined];
    return Math.min(...first.filter((at) => at !== undefined));
  }

  /** Raw samples of a tag in [from, to). */
  read(request: ReadRequest, from: Millis, to: Millis): Read {
    if (request.id === 0 || to <= from) return { columns: EMPTY, rollup: false };
    // First what will be deleted, then where it will have gone: a day that is compacted meanwhile is found in one of them.
    const recent = this.#recent(request, from, to, this.#moment());
    this.#months.refresh();
    const months = this.#months.rawMonths(from, to);
    const into = new Growing(months.reduce((sum, month) => sum + this.#months.count(month, request.id, dayOf(from), dayOf(to - 1)), 0));
    const found = new Set<string>();
    for (const month of months) {
      const before = into.n;
      this.#months.read(month, request.id, dayOf(from), dayOf(to - 1), into);
      if (into.n > before) found.add(month);
    }
    const raw = union(slice(into.view(), from, to), recent);
    const means = this.#means(request.id, from, to, found);
    return { columns: union(raw, means), rollup: means.n > 0 };
  }

  /** Adds the summaries of a tag to the buckets. */
  summarise(request: ReadRequest, buckets: Buckets, plan: Plan): void {
    const from = buckets.edges[0] ?? 0;
    const to = buckets.edges.at(-1) ?? 0;
    if (request.id === 0 || to <= from) return;
    const recent = this.#recent(request, from, to, plan.moment);
    const done: number[] = [];
    for (const month of plan.months) {
      const before = done.length;
      if (month.raw) this.#summariseMonth(request.id, month, recent, buckets, plan, done);
      // A tag without a day of samples in the month had them deleted, or never had any.
      if (month.roll && done.length === before) this.#summariseRolls(request.id, month, buckets);
    }
    const last = done.at(-1);
    const rest = last === undefined ? recent : withoutDays(recent, done);
    if (rest.n > 0) buckets.add(rest);
  }

  /** What is the same for all tags of one question. */
  plan(edges: readonly Millis[], requests: readonly ReadRequest[]): Plan {
    // Begins the reading transaction: chunks that move to a month from now on are seen in both places, never in none.
    const moment = this.#moment();
    const from = edges[0] ?? 0;
    const to = edges.at(-1) ?? 0;
    this.#months.refresh();
    const all = [...new Set([...this.#months.rawMonths(from, to), ...this.#months.months('roll', from, to)])].toSorted();
    const hours = edges.every((edge) => edge % HOUR_MILLIS === 0);
    const months = all.map((name): MonthPlan => {
      const [first, next] = monthDays(name);
      return {
        name,
        first: Math.max(first, dayOf(from)),
        last: Math.min(next - 1, dayOf(to - 1)),
        raw: this.#months.hasRaw(name),
        roll: this.#months.file('roll', name) !== undefined,
      };
    });
    return { moment, hours, months, rows: hours && requests.length >= MANY ? this.#hourRows(months, requests) : undefined };
  }

  /** What each file holds; looks at every row. */
  files(): FileStatistics[] {
    this.#months.refresh();
    const chunks = this.#hot.get('SELECT sum(n) AS n FROM hot');
    const late = this.#hot.get('SELECT count(*) AS n FROM late');
    const samples = Number(chunks?.['n'] ?? 0) + Number(late?.['n'] ?? 0);
    return [{ kind: 'hot', bytes: statSync(this.#hot.path).size, samples }, ...this.#months.statistics()];
  }

  close(): void {
    this.#months.close();
  }

  #hourRows(months: readonly MonthPlan[], requests: readonly ReadRequest[]): Map<number, Uint8Array> {
    const rows = new Map<number, Uint8Array>();
    let low = MAX_TAGS;
    let high = 0;
    for (const { id } of requests) {
      low = Math.min(low, id);
      high = Math.max(high, id);
    }
    for (const { name, first, last } of months) this.#months.addHours(name, [low, high], first, last, rows);
    return rows;
  }

  #moment(): Moment {
    return { span: hotSpan(this.#hot), anyLate: hasLate(this.#hot) };
  }

  #recent({ id, memory }: ReadRequest, from: Millis, to: Millis, { span, anyLate }: Moment): Columns {
    let columns = readHot(this.#hot, span, id, from, to, anyLate);
    for (const one of memory) columns = union(columns, slice(one, from, to));
    return columns;
  }

  #summariseMonth(id: number, month: MonthPlan, recent: Columns, buckets: Buckets, plan: Plan, done: number[]): void {
    const { edges } = buckets;
    const from = edges[0] ?? 0;
    const to = edges.at(-1) ?? 0;
    // Recent samples of days that have no row come in their order.
    const upTo = (day: number): void => {
      const before = slice(recent, dayStart((done.at(-1) ?? Number.NEGATIVE_INFINITY) + 1), dayStart(day));
      if (before.n > 0) buckets.add(before);
      done.push(day);
    };
    const decode = (first: number, last: number): void =>
      this.#months.eachDay(month.name, id, first, last, (day, columns) => {
        upTo(day);
        buckets.add(recent.n === 0 ? columns : union(columns, slice(recent, dayStart(day), dayStart(day + 1))));
      });
    if (!plan.hours) {
      decode(month.first, month.last);
      return;
    }
    for (let { first: day } = month; day <= month.last; day += 1) {
      const bytes = plan.rows ? plan.rows.get(hourId(id, day)) : this.#months.hours(month.name, id, day);
      if (!bytes) continue;
      const start = dayStart(day);
      if (start < from || start + DAY_MILLIS > to || touches(recent, start, start + DAY_MILLIS)) decode(day, day);
      else {
        upTo(day);
        addTable(buckets, decodeSummaries(bytes, start, HOUR_MILLIS, HOURS, this.#table), start, HOUR_MILLIS, HOURS);
      }
    }
  }

  #summariseRolls(id: number, month: MonthPlan, buckets: Buckets): void {
    for (const { start, table } of this.#rolls(id, month.name, month.first, month.last))
      addTable(buckets, table, start, ROLL_MILLIS, ROLLS);
  }

  #rolls(id: number, month: string, first: number, last: number): { readonly start: Millis; readonly table: Float64Array }[] {
    const rows = this.#months
      .file('roll', month)
      ?.all('SELECT id, b FROM roll WHERE id >= ? AND id <= ?', dayId(id, first), dayId(id, last));
    return (rows ?? []).map((row) => {
      const start = dayStart(dayOfId(Number(row['id'])));
      return { start, table: decodeSummaries(bytesOf(row['b']), start, ROLL_MILLIS, ROLLS) };
    });
  }

  /** 10-minute means of the months of which no samples of the tag are kept. */
  #means(id: number, from: Millis, to: Millis, raw: ReadonlySet<string>): Columns {
    const means = new Growing(0);
    for (const month of this.#months.months('roll', from, to)) {
      if (raw.has(month)) continue;
      for (const { start, table } of this.#rolls(id, month, dayOf(from), dayOf(to - 1)))
        edgesOf(dayOf(start), ROLL_MILLIS).forEach((at, i) => {
          const mean = i < ROLLS && at >= from && at < to ? meanAt(table, i) : undefined;
          if (mean) means.push(at, mean.value, mean.status);
        });
    }
    return means.view();
  }
}

export interface MonthPlan {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly raw: boolean;
  readonly roll: boolean;
}

/** What is said of all tags of the days that are not compacted yet. */
interface Moment {
  readonly span: Span | undefined;
  readonly anyLate: boolean;
}

export interface Plan {
  /** Summaries of the hours of all tags, by `hourId`, where so many are asked for that they were read at once. */
  readonly rows: ReadonlyMap<number, Uint8Array> | undefined;
  readonly moment: Moment;
  /** All edges are whole hours, so that the summaries of the hours do. */
  readonly hours: boolean;
  readonly months: readonly MonthPlan[];
}

const touches = ({ at, n }: Columns, from: Millis, to: Millis): boolean => n > 0 && lowerBound(at, from, n) < lowerBound(at, to, n);

function withoutDays(columns: Columns, days: readonly number[]): Columns {
  return slice(columns, dayStart((days.at(-1) ?? 0) + 1), Number.POSITIVE_INFINITY);
}

/** Adds the parts of a day to the buckets in which they begin. */
function addTable(buckets: Buckets, table: Float64Array, start: Millis, width: Millis, k: number): void {
  const { edges } = buckets;
  let bucket = buckets.bucketOf(start);
  for (let i = 0; i < k; i += 1) {
    const at = start + i * width;
    if (at < (edges[0] ?? 0)) continue;
    while (bucket + 1 < edges.length && at >= (edges[bucket + 1] ?? 0)) bucket += 1;
    if (bucket + 1 >= edges.length) return;
    buckets.merge(bucket, table, i);
  }
}

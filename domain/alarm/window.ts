import type { Millis } from '../time.ts';

type Point = readonly [at: Millis, value: number];

/** Stored form of a window. */
export interface WindowState {
  readonly points?: readonly Point[];
  readonly rate?: number;
  readonly firstAt?: Millis;
  readonly least?: readonly Point[];
  readonly most?: readonly Point[];
}

/** A queue over an array: dropping from the front moves an index, and the array is cut now and then. */
class PointQueue {
  #points: Point[] = [];
  #head = 0;

  get first(): Point | undefined {
    return this.#points[this.#head];
  }
  get last(): Point | undefined {
    return this.#points.length > this.#head ? this.#points.at(-1) : undefined;
  }
  push(point: Point): void {
    this.#points.push(point);
  }
  dropLast(): void {
    this.#points.pop();
  }
  dropBefore(at: Millis): void {
    for (let first = this.first; first && first[0] < at; first = this.first) this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#points.length) {
      this.#points = this.#points.slice(this.#head);
      this.#head = 0;
    }
  }
  dump(): Point[] {
    return this.#points.slice(this.#head);
  }
  load(points: readonly Point[]): void {
    this.#points = [...points];
    this.#head = 0;
  }
}

/** Good samples of the last `span` ms, and the slope from the earliest of them to the newest, per `per` ms. */
export class RateWindow {
  readonly #span: number;
  readonly #per: number;
  readonly #queue = new PointQueue();
  /** Undefined with one sample in the window, or all at one time. */
  rate: number | undefined;

  constructor(span: number, per: number) {
    this.#span = span;
    this.#per = per;
  }

  add(at: Millis, value: number): void {
    this.#queue.push([at, value]);
    this.#queue.dropBefore(at - this.#span);
    const old = this.#queue.first;
    this.rate = old === undefined || old[0] === at ? undefined : ((value - old[1]) * this.#per) / (at - old[0]);
  }

  dump(): WindowState {
    return { points: this.#queue.dump(), ...(this.rate === undefined ? {} : { rate: this.rate }) };
  }

  load(state: WindowState): void {
    this.#queue.load(state.points ?? []);
    this.rate = state.rate;
  }
}

/** Least and greatest good value of the last `span` ms, kept in two monotonic queues. */
export class FlatWindow {
  readonly #span: number;
  readonly #within: number;
  readonly #least = new PointQueue();
  readonly #most = new PointQueue();
  #firstAt: Millis | undefined;

  constructor(span: number, within: number) {
    this.#span = span;
    this.#within = within;
  }

  /** True when the good samples reach back `span` and do not differ by more than `within`. */
  add(at: Millis, value: number): boolean {
    this.#firstAt ??= at;
    for (let last = this.#least.last; last && last[1] >= value; last = this.#least.last) this.#least.dropLast();
    for (let last = this.#most.last; last && last[1] <= value; last = this.#most.last) this.#most.dropLast();
    this.#least.push([at, value]);
    this.#most.push([at, value]);
    const from = at - this.#span;
    this.#least.dropBefore(from);
    this.#most.dropBefore(from);
    if (this.#firstAt > from) return false;
    return (this.#most.first?.[1] ?? value) - (this.#least.first?.[1] ?? value) <= this.#within;
  }

  dump(): WindowState {
    return { least: this.#least.dump(), most: this.#most.dump(), ...(this.#firstAt === undefined ? {} : { firstAt: this.#firstAt }) };
  }

  load(state: WindowState): void {
    this.#least.load(state.least ?? []);
    this.#most.load(state.most ?? []);
    this.#firstAt = state.firstAt;
  }
}

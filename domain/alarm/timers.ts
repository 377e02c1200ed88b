import type { Millis } from '../time.ts';

/** One due time that moves often. `order` breaks ties; `due` undefined = not running. */
export interface Timer {
  due: Millis | undefined;
  order: number;
  /** Earliest entry of this timer in the queue; a later due time is queued again only when that entry comes up. */
  queued: Millis | undefined;
  fire(at: Millis): void;
}

interface Entry {
  readonly due: Millis;
  readonly timer: Timer;
}

const before = (a: Entry, b: Entry): boolean => (a.due === b.due ? a.timer.order < b.timer.order : a.due < b.due);

/** Timers in order of due time, then of `order`; a moved timer costs nothing until its old entry comes up. */
export class TimerQueue {
  #heap: Entry[] = [];

  /** Lower bound of the next due time; exact once `next` has been asked. */
  get earliest(): Millis {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  set(timer: Timer, due: Millis | undefined): void {
    timer.due = due;
    if (due !== undefined && (timer.queued === undefined || due < timer.queued)) this.#queue(timer, due);
  }

  /** The running timer that is due first, or undefined. */
  next(): Timer | undefined {
    for (let entry = this.#heap[0]; entry; entry = this.#heap[0]) {
      const { timer } = entry;
      if (timer.due === entry.due) return timer;
      this.#pop();
      if (timer.queued !== entry.due) continue;
      timer.queued = undefined;
      if (timer.due !== undefined) this.#queue(timer, timer.due);
    }
    return undefined;
  }

  /** Takes the first timer off and stops it. */
  take(timer: Timer): void {
    this.#pop();
    if (timer.queued === timer.due) timer.queued = undefined;
    timer.due = undefined;
  }

  /** Forgets everything, for a changed order; the running timers are set anew by the caller. */
  clear(): void {
    this.#heap = [];
  }

  #queue(timer: Timer, due: Millis): void {
    timer.queued = due;
    const heap = this.#heap;
    const entry = { due, timer };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (!parent || !before(entry, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (!left) break;
      let least = left;
      if (right && before(right, left)) {
        least = right;
        child += 1;
      }
      if (!before(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
  }
}

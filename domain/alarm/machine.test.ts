import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlarmDefinition } from './definition.ts';
import { AlarmEngine } from './engine.ts';
import type { AlarmAction } from './engine.ts';
import type { AlarmTransition } from './types.ts';

/**
 * An independent model of one alarm (alarms.md 3 to 5), written as a table of letters and run second by second:
 * limit h 10, deadband 2, tag `V`; suppressed while `S` is true.
 */
type Letter = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I';
const NAMES: Readonly<Record<Letter, AlarmTransition['to']>> = {
  A: 'normal',
  B: 'unack',
  C: 'acked',
  D: 'rtn-unack',
  E: 'latched-unack',
  F: 'latched-acked',
  G: 'shelved',
  H: 'suppressed',
  I: 'out-of-service',
};
const RISE: Readonly<Partial<Record<Letter, Letter>>> = { A: 'B', D: 'B', E: 'B', F: 'B' };
const FALL: Readonly<Partial<Record<Letter, Letter>>> = { B: 'D', C: 'A' };
const FALL_LATCHED: Readonly<Partial<Record<Letter, Letter>>> = { B: 'E', C: 'F' };
const ACK: Readonly<Partial<Record<Letter, Letter>>> = { B: 'C', D: 'A', E: 'F' };

interface Setup {
  readonly onDelay: number;
  readonly offDelay: number;
  readonly latch: boolean;
  readonly priority: 1 | 2;
  readonly onBad: 'hold' | 'trip' | 'clear';
}
type Event =
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'value'; readonly value: number | null }
  | { readonly do: 'suppress'; readonly value: boolean | null }
  | { readonly do: 'acknowledge'; readonly off: number }
  | { readonly do: 'reset' | 'unshelve' | 'outOfService' | 'inService' | 'restart' }
  | { readonly do: 'shelve'; readonly minutes: number; readonly reason: string };

class Model {
  readonly log: string[] = [];
  readonly #setup: Setup;
  time = 0;
  letter: Letter = 'A';
  occurrence = 0;
  #acknowledged = new Set<number>();
  #truth = false;
  #active = false;
  #known = false;
  #due: number | undefined;
  #latched = false;
  #suppressed = false;
  #shelfEnd: number | undefined;
  #out = false;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  #go(to: Letter): void {
    if (to === this.letter) return;
    if (to === 'B') this.occurrence += 1;
    this.log.push(`${this.time} ${NAMES[this.letter]}>${NAMES[to]} ${this.occurrence}`);
    this.letter = to;
  }

  /** Where the alarm belongs when it is hidden, or when it comes out. */
  #place(): void {
    if (this.#active && this.#setup.latch) this.#latched = true;
    if (this.#out) this.#go('I');
    else if (this.#shelfEnd !== undefined) this.#go('G');
    else if (this.#suppressed) this.#go('H');
    else if ('GHI'.includes(this.letter)) {
      if (this.#active) this.#go('B');
      else if (this.#latched) this.#go(this.#acknowledged.has(this.occurrence) ? 'F' : 'E');
      else this.#go('A');
    } else {
      const table = this.#active ? RISE : this.#setup.latch ? FALL_LATCHED : FALL;
      this.#go(table[this.letter] ?? this.letter);
    }
  }

  #follow(): void {
    if (this.#truth === this.#active) {
      this.#due = undefined;
      return;
    }
    if (this.#due !== undefined) return;
    const delay = this.#truth ? this.#setup.onDelay : this.#setup.offDelay;
    if (delay > 0) this.#due = this.time + delay;
    else this.#active = this.#truth;
  }

  wait(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.time += 1;
      if (this.#due === this.time) {
        this.#due = undefined;
        this.#active = this.#truth;
        this.#place();
      }
      if (this.#shelfEnd === this.time) {
        this.#shelfEnd = undefined;
        this.#place();
      }
    }
  }

  value(value: number | null): void {
    if (value === null) {
      if (!this.#known) return;
      if (this.#setup.onBad === 'hold') {
        this.#due = undefined;
        return;
      }
      this.#truth = this.#setup.onBad === 'trip';
    } else {
      this.#known = true;
      this.#truth = value > 10 || (this.#truth && value > 8);
    }
    this.#follow();
    this.#place();
  }

  suppress(value: boolean | null): void {
    this.#suppressed = value === true;
    this.#place();
  }

  act(event: Event): void {
    const refuse = (why: string): void => {
      this.log.push(`${this.time} ${event.do}: ${why}`);
    };
    const hidden = 'GHI'.includes(this.letter);
    if (event.do === 'acknowledge') {
      const wish = this.occurrence + event.off;
      if (event.off < 0) refuse('older-occurrence');
      else if (event.off > 0) refuse('future-occurrence');
      else if (this.#acknowledged.has(wish)) refuse('already');
      else {
        const to = ACK[this.letter];
        if (to === undefined) return refuse('nothing-to-acknowledge');
        this.#acknowledged.add(wish);
        this.#go(to);
      }
    } else if (event.do === 'reset') {
      if (this.letter !== 'F') return refuse('nothing-to-reset');
      this.#latched = false;
      this.#go('A');
    } else if (event.do === 'shelve') {
      if (hidden) return refuse('state');
      if (this.#setup.priority === 1) return refuse('priority');
      if (event.reason === '') return refuse('reason');
      if (event.minutes < 1 || event.minutes > 720) return refuse('duration');
      this.#shelfEnd = this.time + event.minutes * 60;
      this.#place();
    } else if (event.do === 'unshelve') {
      if (this.letter !== 'G') return refuse('state');
      this.#shelfEnd = undefined;
      this.#place();
    } else if (event.do === 'outOfService' || event.do === 'inService') {
      const out = event.do === 'outOfService';
      if (this.#out === out) return refuse('state');
      this.#out = out;
      this.#place();
    }
  }
}

const definitionOf = (setup: Setup): AlarmDefinition => ({
  id: 'X',
  tag: 'V',
  limits: { h: 10 },
  deadband: 2,
  onDelay: `${setup.onDelay}s`,
  offDelay: `${setup.offDelay}s`,
  latch: setup.latch,
  priority: setup.priority,
  onBad: setup.onBad,
  suppressWhen: { all: [{ fact: 'S', operator: 'equal', value: true }] },
});

/** The product, driven by the same events. */
class Product {
  readonly log: string[] = [];
  readonly transitions: AlarmTransition[] = [];
  readonly acknowledged = new Set<number>();
  readonly #definition: AlarmDefinition;
  #engine: AlarmEngine;
  time = 0;

  constructor(setup: Setup) {
    this.#definition = definitionOf(setup);
    this.#engine = this.#start();
  }

  #start(): AlarmEngine {
    const engine = new AlarmEngine({
      transition: (transition) => {
        this.transitions.push(transition);
        this.log.push(`${transition.at / 1000} ${transition.from}>${transition.to} ${transition.occurrence}`);
      },
    });
    engine.define([this.#definition]);
    return engine;
  }

  get occurrence(): number {
    return this.#engine.alarm('X.h')?.machine.occurrence ?? 0;
  }

  #act(action: AlarmAction): void {
    const why = this.#engine.act(action, this.time * 1000);
    if (why !== undefined) this.log.push(`${this.time} ${action.kind}: ${why}`);
    else if (action.kind === 'acknowledge') this.acknowledged.add(action.occurrence);
  }

  run(event: Event): void {
    const at = this.time * 1000;
    if (event.do === 'wait') {
      this.time += event.seconds;
      this.#engine.advance(this.time * 1000);
    } else if (event.do === 'value' || event.do === 'suppress') {
      const tag = event.do === 'value' ? 'V' : 'S';
      this.#engine.sample({ tag, at, value: event.value, quality: event.value === null ? 'bad' : 'good' });
    } else if (event.do === 'restart') {
      const stored: ReturnType<AlarmEngine['snapshot']> = JSON.parse(JSON.stringify(this.#engine.snapshot()));
      this.#engine = this.#start();
      this.#engine.restore(stored);
    } else if (event.do === 'acknowledge') this.#act({ kind: 'acknowledge', alarm: 'X.h', occurrence: this.occurrence + event.off });
    else if (event.do === 'shelve') this.#act({ kind: 'shelve', alarm: 'X.h', for: event.minutes * 60_000, reason: event.reason });
    else this.#act({ kind: event.do, alarm: 'X.h' });
  }
}

function runModel(model: Model, event: Event): void {
  if (event.do === 'wait') model.wait(event.seconds);
  else if (event.do === 'value') model.value(event.value);
  else if (event.do === 'suppress') model.suppress(event.value);
  else if (event.do !== 'restart') model.act(event);
}

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 90 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('value' as const), value: fc.constantFrom(5, 8, 9, 10, 11, 20, null) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suppress' as const), value: fc.constantFrom(true, false, false, null) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), off: fc.constantFrom(-1, 0, 0, 0, 0, 1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'unshelve' as const, 'restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('outOfService' as const, 'inService' as const, 'inService' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('shelve' as const),
      minutes: fc.constantFrom(0, 1, 2, 720, 721),
      reason: fc.constantFrom('', 'x', 'y'),
    }),
  },
);
const setup: fc.Arbitrary<Setup> = fc.record({
  onDelay: fc.constantFrom(0, 10, 45),
  offDelay: fc.constantFrom(0, 7, 60),
  latch: fc.boolean(),
  priority: fc.constantFrom(1 as const, 2 as const, 2 as const),
  onBad: fc.constantFrom('hold' as const, 'trip' as const, 'clear' as const),
});

describe('the alarm machine', () => {
  it('equals an independent model over 100,000 random events with restarts', () => {
    fc.assert(
      fc.property(setup, fc.array(event, { minLength: 1000, maxLength: 1000 }), (one, events) => {
        const [model, product] = [new Model(one), new Product(one)];
        for (const step of events) {
          runModel(model, step);
          product.run(step);
        }
        expect(product.log).toEqual(model.log);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('keeps the invariants: acked only by an acknowledgement, occurrences grow by one, nothing rises from a hidden state but by leaving it', () => {
    fc.assert(
      fc.property(setup, fc.array(event, { minLength: 300, maxLength: 300 }), (one, events) => {
        const product = new Product(one);
        for (const step of events) product.run(step);
        let last = 0;
        let state: AlarmTransition['from'] = 'normal';
        for (const { from, to, occurrence } of product.transitions) {
          expect(from).toBe(state);
          state = to;
          expect(occurrence).toBe(to === 'unack' ? last + 1 : last);
          last = occurrence;
          expect(to !== 'acked' || product.acknowledged.has(occurrence)).toBe(true);
          expect(to !== 'latched-acked' || occurrence === 0 || product.acknowledged.has(occurrence)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReplayCase, runReplay } from './case.ts';

type Row = readonly [tag: string, at: number, value: unknown, quality?: string];

/** Runs a case given in seconds; a transition is `second alarm from>to occurrence`. */
function play(input: {
  readonly alarms: readonly object[];
  readonly samples?: readonly Row[];
  readonly actions?: readonly object[];
  readonly until?: number;
  readonly conditions?: object;
}): string[] {
  const ms = (row: object): object => ('at' in row && typeof row.at === 'number' ? { ...row, at: row.at * 1000 } : row);
  const { transitions, refused } = runReplay(
    parseReplayCase(
      JSON.parse(
        JSON.stringify({
          ...input,
          samples: (input.samples ?? []).map(([tag, at, value, quality]) => [tag, at * 1000, value, quality ?? 'good']),
          actions: (input.actions ?? []).map(ms),
          until: (input.until ?? 10_000) * 1000,
        }),
      ),
      () => [],
    ),
  );
  return [
    ...transitions.map(({ at, alarm, from, to, occurrence }) => `${at / 1000} ${alarm} ${from}>${to} ${occurrence}`),
    ...refused.map(({ at, action, alarm, why }) => `${at / 1000} ${action} ${alarm}: ${why}`),
  ];
}
const series = (tag: string, ...points: readonly (readonly [at: number, value: unknown, quality?: string])[]): Row[] =>
  points.map(([at, value, quality]) => [tag, at, value, quality ?? 'good']);

describe('limits', () => {
  it('cross strictly and return at the deadband, high and low', () => {
    const alarms = [{ id: 'A', tag: 'T', limits: { hh: 20, h: 10, l: 0, ll: -5 }, deadband: 1 }];
    const samples = series(
      'T',
      [0, 10],
      [1, 10.1],
      [2, 21],
      [3, 19.5],
      [4, 19],
      [5, 9.1],
      [6, 9],
      [7, 0],
      [8, -0.1],
      [9, -6],
      [10, -4],
      [11, 1],
    );
    expect(play({ alarms, samples })).toEqual([
      '1 A.h normal>unack 1',
      '2 A.hh normal>unack 1',
      '4 A.hh unack>rtn-unack 1',
      '6 A.h unack>rtn-unack 1',
      '8 A.l normal>unack 1',
      '9 A.ll normal>unack 1',
      '10 A.ll unack>rtn-unack 1',
      '11 A.l unack>rtn-unack 1',
    ]);
  });
  it('may be an expression of tags and parameters, and the tag of the expression counts as a source', () => {
    const alarms = [
      {
        id: 'A',
        tag: 'T',
        limits: { h: { limit: { expression: '(SP + margin) * 1' }, priority: 2 } },
        params: { margin: 3 },
        onBad: 'trip',
      },
    ];
    expect(
      play({
        alarms,
        samples: [
          ['T', 0, 12],
          ['SP', 1, 10],
          ['SP', 2, 8],
          ['SP', 3, 10],
          ['SP', 4, null, 'bad'],
        ],
      }),
    ).toEqual(['2 A.h normal>unack 1', '3 A.h unack>rtn-unack 1', '4 A.h rtn-unack>unack 2']);
  });
  it('change live: evaluated at once with the deadband, while bad only with hold', () => {
    const of = (onBad: string): string[] =>
      play({
        alarms: [{ id: 'A', tag: 'T', limits: { h: 10 }, deadband: 2, onBad }],
        samples: series('T', [0, 9], [5, 9], [20, null, 'bad']),
        actions: [
          { at: 1, limit: 'A.h', value: 8 },
          { at: 2, limit: 'A.h', value: 10 },
          { at: 3, limit: 'A.h', value: 11 },
          { at: 30, limit: 'A.h', value: 8 },
        ],
      });
    expect(of('hold')).toEqual(['1 A.h normal>unack 1', '3 A.h unack>rtn-unack 1', '30 A.h rtn-unack>unack 2']);
    expect(of('clear')).toEqual(['1 A.h normal>unack 1', '3 A.h unack>rtn-unack 1']);
  });
  it('are refused to change where there is none', () => {
    const alarms = [
      { id: 'S', tag: 'T', stale: '5s' },
      { id: 'C', conditions: { all: [{ fact: 'T', operator: 'equal', value: 1 }] } },
    ];
    expect(
      play({
        alarms,
        actions: [
          { at: 0, limit: 'S', value: 1 },
          { at: 0, limit: 'C', value: 1 },
        ],
      }),
    ).toEqual(['0 limit S: no-limit', '0 limit C: no-limit']);
  });
});

describe('quality', () => {
  const alarms = (onBad: string) => [{ id: 'A', tag: 'T', limits: { h: 10 }, onDelay: '10s', onBad }];
  it('hold: a pending delay is abandoned and starts again at the next evaluation', () => {
    expect(play({ alarms: alarms('hold'), samples: series('T', [0, 11], [5, null, 'bad'], [12, 11]) })).toEqual(['22 A.h normal>unack 1']);
  });
  it('hold: the truth stays through bad samples and wrong types', () => {
    expect(play({ alarms: alarms('hold'), samples: series('T', [0, 11], [15, 'x'], [20, null, 'bad'], [90, 3]) })).toEqual([
      '10 A.h normal>unack 1',
      '90 A.h unack>rtn-unack 1',
    ]);
  });
  it('trip and clear: the delays run as usual', () => {
    expect(play({ alarms: alarms('trip'), samples: series('T', [0, 3], [5, null, 'bad']) })).toEqual(['15 A.h normal>unack 1']);
    expect(play({ alarms: alarms('clear'), samples: series('T', [0, 11], [20, null, 'bad']) })).toEqual([
      '10 A.h normal>unack 1',
      '20 A.h unack>rtn-unack 1',
    ]);
  });
  it('trip is false before the first good evaluation; uncertain is evaluated like good', () => {
    expect(play({ alarms: alarms('trip'), samples: series('T', [0, null, 'bad'], [60, 1, 'uncertain'], [70, true]) })).toEqual([
      '80 A.h normal>unack 1',
    ]);
  });
});

describe('deviation', () => {
  const alarms = [{ id: 'A', tag: 'T', deviation: { from: 'SP', limit: 3 }, deadband: 1 }];
  it('is evaluated when either changes, once both are known and good', () => {
    expect(
      play({
        alarms,
        samples: [
          ['T', 0, 50],
          ['SP', 1, 50],
          ['SP', 2, 54],
          ['T', 3, 51.9],
          ['T', 4, 52],
          ['SP', 5, 49.1],
          ['SP', 6, 48],
        ],
      }),
    ).toEqual(['2 A normal>unack 1', '4 A unack>rtn-unack 1', '6 A rtn-unack>unack 2']);
  });
  it('holds while either is bad, and takes a changed limit on the last good values', () => {
    const samples: Row[] = [
      ['SP', 0, 50],
      ['T', 1, 52],
      ['SP', 2, null, 'bad'],
      ['T', 3, 90],
      ['T', 4, 52],
    ];
    expect(play({ alarms, samples, actions: [{ at: 10, limit: 'A', value: 1 }] })).toEqual(['10 A normal>unack 1']);
  });
});

describe('rate', () => {
  const alarm = (direction: string) => [{ id: 'A', tag: 'T', rate: { limit: 6, per: '1m', window: '60s', direction } }];
  it('is the slope from the earliest good sample in the window', () => {
    const samples = series('T', [0, 0], [10, 1], [20, 2.1], [30, null, 'bad'], [80, 3], [90, 13]);
    // At 20: 2.1 in 20 s = 6.3 a minute. At 80 the window begins at 20: 0.9 in 60 s.
    expect(play({ alarms: alarm('rising'), samples })).toEqual(['20 A normal>unack 1', '80 A unack>rtn-unack 1', '90 A rtn-unack>unack 2']);
    expect(play({ alarms: alarm('falling'), samples })).toEqual([]);
  });
  it('falling is mirrored; both is by the amount; one sample or one instant is false', () => {
    const samples = series('T', [0, 100], [0, 0], [200, 50], [210, 48], [300, 48]);
    expect(play({ alarms: alarm('falling'), samples })).toEqual(['210 A normal>unack 1', '300 A unack>rtn-unack 1']);
    expect(play({ alarms: alarm('both'), samples })).toEqual(['210 A normal>unack 1', '300 A unack>rtn-unack 1']);
  });
  it('takes a changed limit on the last computed rate', () => {
    expect(
      play({ alarms: alarm('rising'), samples: series('T', [0, 0], [60, 5]), actions: [{ at: 100, limit: 'A', value: 4.9 }] }),
    ).toEqual(['100 A normal>unack 1']);
  });
});

describe('flat', () => {
  const alarms = [{ id: 'A', tag: 'T', flat: { for: '60s', within: 0.1 } }];
  it('needs samples that reach back the whole time', () => {
    expect(
      play({ alarms, samples: series('T', [0, 5], [30, 5.1], [59, 5], [60, 5], [70, 5.3], [119, 5.3], [120, 5.3], [121, 5.3]) }),
    ).toEqual(['60 A normal>unack 1', '70 A unack>rtn-unack 1', '121 A rtn-unack>unack 2']);
  });
  it('takes no bad sample into its window, and breaks none by it', () => {
    expect(play({ alarms, samples: series('T', [0, 5], [30, null, 'bad'], [40, 99, 'bad'], [60, 5]) })).toEqual(['60 A normal>unack 1']);
  });
});

describe('stale', () => {
  const alarms = [{ id: 'A', tag: 'T', stale: '30s' }];
  it('is false before the first sample, true at the last sample plus the time, false at the next of any quality', () => {
    expect(play({ alarms, until: 100 })).toEqual([]);
    expect(play({ alarms, samples: series('T', [0, 1], [29, 1], [59, null, 'bad'], [80, 1]), until: 120 })).toEqual([
      '59 A normal>unack 1',
      '59 A unack>rtn-unack 1',
      '110 A rtn-unack>unack 2',
    ]);
  });
  it('goes before the delay of the same alarm', () => {
    expect(play({ alarms: [{ ...alarms[0], onDelay: '10s' }], samples: series('T', [0, 1], [39, 1]), until: 60 })).toEqual([]);
    expect(play({ alarms: [{ ...alarms[0], onDelay: '10s' }], samples: series('T', [0, 1], [40, 1]), until: 60 })).toEqual([
      '40 A normal>unack 1',
      '40 A unack>rtn-unack 1',
    ]);
  });
});

describe('conditions', () => {
  const alarms = [
    {
      id: 'A',
      conditions: {
        all: [
          { fact: 'RUN', operator: 'equal', value: false },
          { fact: 'CV', operator: 'greaterThan', value: { param: 'open' } },
        ],
      },
      params: { open: { default: 8, unit: '%' } },
      onDelay: '10s',
      onBad: 'hold',
    },
  ];
  it('are known when they can be, whatever is bad', () => {
    expect(
      play({
        alarms,
        samples: [
          ['RUN', 0, true],
          ['CV', 1, 50],
          ['RUN', 5, false],
          ['CV', 8, null, 'bad'],
          ['CV', 9, 60],
          ['RUN', 30, true],
        ],
      }),
    ).toEqual(['19 A normal>unack 1', '30 A unack>rtn-unack 1']);
  });
  it('give their parameters to the named conditions that they refer to', () => {
    const rule = (id: string, limit: number) => ({ id, conditions: { condition: 'hot' }, params: { limit } });
    const conditions = { hot: { all: [{ fact: 'T', operator: 'greaterThan', value: { param: 'limit' } }] } };
    expect(play({ alarms: [rule('A', 5), rule('B', 9)], conditions, samples: [['T', 0, 7]] })).toEqual(['0 A normal>unack 1']);
  });
  it('find their named conditions', () => {
    const named = [{ id: 'A', conditions: { condition: 'hot' } }];
    const conditions = {
      hot: { any: [{ condition: 'very' }] },
      very: { all: [{ fact: 'T', operator: 'greaterThan', value: { fact: 'L' } }] },
    };
    expect(
      play({
        alarms: named,
        conditions,
        samples: [
          ['T', 0, 5],
          ['L', 1, 6],
          ['T', 2, 7],
        ],
      }),
    ).toEqual(['2 A normal>unack 1']);
  });
});

describe('delays, order and one transition an event', () => {
  it('active exactly at the end of an unbroken time; a break cancels', () => {
    const alarms = [{ id: 'A', tag: 'T', limits: { h: 10 }, onDelay: 'PT10S', offDelay: '5s' }];
    expect(play({ alarms, samples: series('T', [0, 11], [9, 9], [10, 11], [20, 9], [24, 11], [30, 9], [35, 11]) })).toEqual([
      '20 A.h normal>unack 1',
      '35 A.h unack>rtn-unack 1',
      '45 A.h rtn-unack>unack 2',
    ]);
  });
  it('timers by due time, then definition, then level; samples; actions', () => {
    const alarms = [
      { id: 'B', tag: 'T', limits: { h: 10, hh: 20 }, onDelay: '10s' },
      { id: 'A', tag: 'T', limits: { h: 10 }, onDelay: '10s' },
    ];
    expect(play({ alarms, samples: series('T', [0, 30], [10, 0]), actions: [{ at: 10, acknowledge: 'A.h', occurrence: 1 }] })).toEqual([
      '10 B.hh normal>unack 1',
      '10 B.h normal>unack 1',
      '10 A.h normal>unack 1',
      '10 B.hh unack>rtn-unack 1',
      '10 B.h unack>rtn-unack 1',
      '10 A.h unack>rtn-unack 1',
      '10 A.h rtn-unack>normal 1',
    ]);
  });
  it('suppression wins over a truth that the same sample changes', () => {
    const alarms = [{ id: 'A', tag: 'T', limits: { h: 10 }, suppressWhen: { all: [{ fact: 'T', operator: 'greaterThan', value: 50 }] } }];
    expect(play({ alarms, samples: series('T', [0, 60], [1, 20], [2, 60], [3, 5]) })).toEqual([
      '0 A.h normal>suppressed 0',
      '1 A.h suppressed>unack 1',
      '2 A.h unack>suppressed 1',
      '3 A.h suppressed>normal 1',
    ]);
  });
});

describe('shelving', () => {
  it('never bypasses a reset, and goes on underneath out of service', () => {
    const alarms = [{ id: 'A', tag: 'T', limits: { h: 10 }, latch: true, priority: 2 }];
    const samples = series('T', [0, 11], [100, 5], [400, 5]);
    const shelve = { shelve: 'A.h', for: '2m', reason: 'r' };
    expect(
      play({
        alarms,
        samples,
        actions: [
          { at: 1, acknowledge: 'A.h', occurrence: 1 },
          { at: 2, ...shelve },
        ],
      }),
    ).toEqual(['0 A.h normal>unack 1', '1 A.h unack>acked 1', '2 A.h acked>shelved 1', '122 A.h shelved>latched-acked 1']);
    expect(
      play({
        alarms,
        samples,
        actions: [
          { at: 2, ...shelve },
          { at: 3, outOfService: 'A.h' },
          { at: 4, unshelve: 'A.h' },
          { at: 5, inService: 'A.h' },
          { at: 6, ...shelve },
        ],
      }),
    ).toEqual([
      '0 A.h normal>unack 1',
      '2 A.h unack>shelved 1',
      '3 A.h shelved>out-of-service 1',
      '5 A.h out-of-service>shelved 1',
      '122 A.h shelved>latched-unack 1',
      '4 unshelve A.h: state',
      '6 shelve A.h: state',
    ]);
  });
});

describe('a restart', () => {
  const definitions = [
    { id: 'lim', tag: 'T', limits: { hh: 30, h: 20, l: 5 }, deadband: 2, onDelay: '15s', offDelay: '5s', latch: true, priority: 2 },
    { id: 'dev', tag: 'T', deviation: { from: 'U', limit: 8 }, onDelay: '3s', onBad: 'trip' },
    { id: 'rate', tag: 'U', rate: { limit: 30, per: '1m', window: '40s', direction: 'both' }, offDelay: '10s' },
    { id: 'flat', tag: 'U', flat: { for: '30s', within: 5 } },
    { id: 'stale', tag: 'T', stale: '12s', suppressWhen: { all: [{ fact: 'U', operator: 'lessThan', value: 5 }] } },
    {
      id: 'cond',
      conditions: {
        any: [
          { fact: 'T', operator: 'greaterThan', value: { fact: 'U' } },
          { fact: 'U', operator: 'equal', value: 0 },
        ],
      },
      onBad: 'clear',
    },
  ];
  const ids = ['lim.hh', 'lim.h', 'lim.l', 'dev', 'rate', 'flat', 'stale', 'cond'];
  const sample = fc.record({
    tag: fc.constantFrom('T', 'U'),
    dt: fc.integer({ min: 0, max: 12 }),
    value: fc.integer({ min: 0, max: 40 }),
    quality: fc.constantFrom('good', 'good', 'good', 'uncertain', 'bad'),
  });
  const action = fc.record({
    at: fc.integer({ min: 0, max: 900 }),
    alarm: fc.constantFrom(...ids),
    verb: fc.constantFrom('acknowledge', 'acknowledge', 'reset', 'shelve', 'unshelve', 'outOfService', 'inService', 'limit'),
    n: fc.integer({ min: 0, max: 6 }),
  });
  const write = (one: { at: number; alarm: string; verb: string; n: number }): object => ({
    at: one.at,
    [one.verb]: one.alarm,
    ...(one.verb === 'acknowledge' ? { occurrence: one.n } : {}),
    ...(one.verb === 'shelve' ? { for: '2m', reason: 'r' } : {}),
    ...(one.verb === 'limit' ? { value: 10 + one.n } : {}),
  });
  it('changes nothing, wherever it falls', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 150 }),
        fc.array(action, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 20 }),
        (samples, actions, restarts) => {
          let at = 0;
          const rows = samples.map(({ tag, dt, value, quality }): Row => [tag, (at += dt), value, quality]);
          const run = (extra: readonly object[]): string[] =>
            play({ alarms: definitions, samples: rows, actions: [...actions.map(write), ...extra], until: 1000 });
          expect(run(restarts.map((second) => ({ at: second, restart: true })))).toEqual(run([]));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a malformed case', () => {
  const fault = (value: unknown): string => {
    try {
      parseReplayCase(value, () => []);
    } catch (error) {
      return error instanceof Error && 'place' in error ? `${JSON.stringify(error.place)}: ${error.message}` : String(error);
    }
    return 'none';
  };
  const alarm = { id: 'A', tag: 'T', limits: { h: 1 } };
  it.each([
    [{ alarms: [alarm, alarm] }, 'alarms[1].id', 'is used twice'],
    [{ alarms: [{ ...alarm, limits: { hh: 'x' } }] }, 'alarms[0].limits.hh', 'must be a number'],
    [{ alarms: [{ ...alarm, limits: { hh: { limit: '7' } } }] }, 'alarms[0].limits.hh.limit', 'must be a number'],
    [{ alarms: [{ ...alarm, limits: {} }] }, 'alarms[0].limits', 'at least one'],
    [{ alarms: [{ ...alarm, stale: '3s' }] }, 'alarms[0]', 'exactly one of'],
    [{ alarms: [{ ...alarm, onDelay: '3 s' }] }, 'alarms[0].onDelay', 'duration'],
    [{ alarms: [{ ...alarm, colour: 'red' }] }, 'alarms[0].colour', 'not a known key'],
    [{ alarms: [JSON.parse('{"id":"A","tag":"T","limits":{"h":1},"__proto__":{"x":1}}')] }, 'alarms[0].__proto__', 'not a known key'],
    [{ alarms: [{ ...alarm, limits: { h: { expression: '1 +' } } }] }, 'alarms[0].limits.h', 'no expression'],
    [{ alarms: [{ id: 'A', conditions: { all: [] } }] }, 'alarms[0].conditions.all', 'at least one'],
    [{ alarms: [{ id: 'A', conditions: { fact: 'T', operator: 'equal', value: 1 } }] }, 'alarms[0].conditions', 'at the root'],
    [{ alarms: [{ id: 'A', conditions: { condition: 'x' } }] }, 'alarms[0].conditions.condition', 'names no condition'],
    [{ alarms: [], conditions: { a: { condition: 'b' }, b: { not: { condition: 'a' } } } }, 'conditions.b.not.condition', 'cycle'],
    [
      { alarms: [{ id: 'A', conditions: { all: [{ fact: 'T', operator: 'equal', value: { param: 'p' } }] } }] },
      'alarms[0].conditions.all[0].value.param',
      'names no parameter',
    ],
    [
      { alarms: [{ id: 'A', conditions: { all: [{ fact: 'T', operator: 'equal', value: 1, path: '$..a' }] } }] },
      'alarms[0].conditions.all[0].path',
      'path',
    ],
    [
      {
        alarms: [alarm],
        samples: [
          ['T', 2, 1, 'good'],
          ['T', 1, 1, 'good'],
        ],
      },
      'samples[1]',
      'earlier',
    ],
    [{ alarms: [alarm], samples: [['T', 2, 1, 'fine']] }, 'samples[0][3]', 'one of good'],
    [{ alarms: [alarm], actions: [{ at: 0, reset: 'A' }] }, 'actions[0].reset', 'names no alarm'],
    [{ alarms: [alarm], actions: [{ at: 0, reset: 'A.h', why: 1 }] }, 'actions[0].why', 'not a known key'],
    [{ alarms: [alarm], actions: [{ at: 0, shelve: 'A.h', for: 'soon' }] }, 'actions[0].for', 'duration'],
    [{ alarms: [alarm], extra: 1 }, 'extra', 'not a known key'],
  ])('%j is named by its place', (value, path, detail) => {
    expect(fault(value)).toContain(JSON.stringify({ path }));
    expect(fault(value)).toContain(detail);
  });
  it('a parameter that the rule does not have is missed where the named condition is referred to', () => {
    const conditions = { c: { all: [{ fact: 'T', operator: 'equal', value: { param: 'p' } }] } };
    expect(fault({ alarms: [{ id: 'A', conditions: { condition: 'c' } }], conditions })).toContain(
      'alarms[0].conditions.condition.all[0].value.param',
    );
  });
  it('bounds depth and leaves, references counted in', () => {
    const nest = (depth: number): object => (depth === 0 ? { fact: 'T', operator: 'equal', value: 1 } : { not: nest(depth - 1) });
    expect(fault({ alarms: [{ id: 'A', conditions: nest(16) }] })).toBe('none');
    expect(fault({ alarms: [{ id: 'A', conditions: nest(17) }] })).toContain('deeper than 16');
    const leaf = { fact: 'T', operator: 'equal', value: 1 };
    expect(fault({ alarms: [{ id: 'A', conditions: { all: Array.from({ length: 200 }, () => leaf) } }] })).toBe('none');
    expect(fault({ alarms: [{ id: 'A', conditions: { all: [{ any: Array.from({ length: 200 }, () => leaf) }, leaf] } }] })).toContain(
      'more than 200 leaves',
    );
    const doubling = Object.fromEntries(
      Array.from({ length: 15 }, (_, n) => [
        `c${n}`,
        n === 14 ? { all: [leaf] } : { all: [{ condition: `c${n + 1}` }, { condition: `c${n + 1}` }] },
      ]),
    );
    expect(fault({ alarms: [], conditions: doubling })).toContain('more than 200 leaves');
  });
  it('prototype names are ordinary names', () => {
    const alarms = JSON.parse('[{"id":"__proto__","tag":"constructor","limits":{"h":1}}]');
    expect(play({ alarms, samples: [['constructor', 0, 2]] })).toEqual(['0 __proto__.h normal>unack 1']);
  });
});

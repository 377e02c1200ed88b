import { describe, expect, it } from 'vitest';
import type { Quality } from '../sample.ts';
import { judge, NO_HISTORY, type QualityParams, type QualityState } from './quality.ts';

/** Judges a row of values 10 s apart. */
function judged(params: QualityParams, values: readonly (number | readonly [number, Quality])[]): string[] {
  let state: QualityState = NO_HISTORY;
  return values.map((entry, i) => {
    const [value, quality] = typeof entry === 'number' ? ([entry, 'good'] as const) : entry;
    const verdict = judge(params, state, { at: i * 10_000, value, quality });
    state = verdict.state;
    return verdict.findings.length > 0 ? `${verdict.quality}:${verdict.findings.join('+')}` : verdict.quality;
  });
}

describe('judge', () => {
  it('calls what is outside the range bad, the limits themselves good', () => {
    expect(judged({ range: [0, 100] }, [0, 100, 100.1, -0.1])).toEqual(['good', 'good', 'bad:range', 'bad:range']);
  });

  it('doubts what changes faster than its rate', () => {
    expect(judged({ ratePerMinute: 6 }, [50, 51, 53, 53])).toEqual(['good', 'good', 'uncertain:rate', 'good']);
  });

  it('doubts what does not move for too long, and recovers at once', () => {
    expect(judged({ flatAfter: 30_000 }, [5, 5, 5, 5, 5, 5.1])).toEqual([
      'good',
      'good',
      'good',
      'uncertain:flat',
      'uncertain:flat',
      'good',
    ]);
  });

  it('finds a spike against the median of the window (Hampel), not a slow rise', () => {
    const noise = [20, 20.1, 19.9, 20.05, 19.95];
    expect(judged({ spike: { window: 5, sigmas: 4 } }, [...noise, 60, 20.02]).slice(5)).toEqual(['uncertain:spike', 'good']);
    expect(judged({ spike: { window: 5, sigmas: 4 } }, [...noise, 20.15, 20.2, 20.3])).not.toContain('uncertain:spike');
  });

  it('never makes a quality better and leaves bad samples out of the history', () => {
    expect(judged({ ratePerMinute: 6 }, [[50, 'uncertain'], [0, 'bad'], 50.5])).toEqual(['uncertain', 'bad', 'good']);
  });

  it('puts findings together', () => {
    expect(judged({ range: [0, 30], ratePerMinute: 1 }, [20, 40])).toEqual(['good', 'bad:range+rate']);
  });
});

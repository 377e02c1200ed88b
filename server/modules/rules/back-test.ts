import type { LimitValues } from '#contract/rules';
import { AlarmEngine } from '#domain/alarm/engine.ts';
import { alarmIds } from '#domain/alarm/definition.ts';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { Problem } from '#domain/errors.ts';
import type { Sample } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { History } from '../../services.ts';
import { limitsOf } from './limits.ts';

const LONGEST = 31 * 86_400_000;
const MOST_SAMPLES = 3_000_000;
/** Times of annunciations in the answer, each list. */
const MOST_TIMES = 500;

/** Times of the annunciations (transitions to unack) by alarm. */
function annunciations(definition: AlarmDefinition, samples: readonly Sample[], to: Millis): Map<string, Millis[]> {
  const found = new Map<string, Millis[]>(alarmIds(definition).map(({ id }) => [id, []]));
  const engine = new AlarmEngine({
    transition: (transition) => {
      if (transition.to === 'unack') found.get(transition.alarm)?.push(transition.at);
    },
  });
  engine.define([definition]);
  for (const sample of samples) engine.sample(sample);
  engine.advance(to);
  return found;
}

const times = (all: readonly Millis[] | undefined): string[] => (all ?? []).slice(0, MOST_TIMES).map((at) => new Date(at).toISOString());

/** The pure engine over stored history, with the definition as it is and as it would be. @throws Problem REPLAY_RANGE */
export async function backTest(
  before: AlarmDefinition,
  after: AlarmDefinition,
  range: { readonly from: Millis; readonly to: Millis; readonly signal: AbortSignal },
  history: Pick<History, 'read'>,
) {
  const { from, to, signal } = range;
  if (!(from < to) || to - from > LONGEST)
    throw new Problem('REPLAY_RANGE', 422, 'from must be before to, at most 31 days', { place: { path: 'from' } });
  const probe = new AlarmEngine({ transition: () => undefined });
  probe.define([before]);
  const series = await history.read([...probe.tags], from, to, { signal });
  const count = series.reduce((sum, one) => sum + one.at.length, 0);
  if (count > MOST_SAMPLES)
    throw new Problem('REPLAY_RANGE', 422, `${count} samples are too many for one replay; choose a shorter time`, {
      place: { path: 'from' },
    });
  const samples = series
    .flatMap(({ tag, at, value, quality }) =>
      at.map((time, i): Sample => ({ tag, at: time, value: value[i] ?? null, quality: quality[i] ?? 'bad' })),
    )
    .toSorted((a, b) => a.at - b.at);
  const [old, now] = [annunciations(before, samples, to), annunciations(after, samples, to)];
  const limits: { readonly before: LimitValues; readonly after: LimitValues } = { before: limitsOf(before), after: limitsOf(after) };
  return {
    rule: before.id,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    samples: count,
    ...limits,
    alarms: [...old].map(([alarm, at]) => ({
      alarm,
      before: at.length,
      after: now.get(alarm)?.length ?? 0,
      beforeAt: times(at),
      afterAt: times(now.get(alarm)),
    })),
  };
}

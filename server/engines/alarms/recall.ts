import type { AlarmEngine } from '#domain/alarm/engine.ts';
import type { Sample } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { History, ProcessImage, Series } from '../../services.ts';
import type { Checkpoint } from './stored.ts';

/** Clocks of devices may be ahead by so much, ms. */
const AHEAD = 86_400_000;

export interface Recalled {
  /** Evaluated before the restart: they only fill last values and windows. In order of time. */
  readonly known: readonly Sample[];
  /** Stored, but not evaluated by the last run. In order of time. */
  readonly missed: readonly Sample[];
}

function samplesOf(series: readonly Series[]): Sample[] {
  return series.flatMap(({ tag, at, value, quality }) =>
    at.map((time, index) => ({ tag, at: time, value: value[index] ?? null, quality: quality[index] ?? 'bad' })),
  );
}

/** Reads from image and history what the engine needs to go on where its checkpoint ended. */
export async function recall(
  engine: AlarmEngine,
  checkpoint: Checkpoint,
  now: Millis,
  sources: { readonly history: Pick<History, 'read'>; readonly image: ProcessImage },
): Promise<Recalled> {
  const tags = [...engine.tags];
  const spans = new Map<number, Set<string>>();
  for (const { source } of engine.alarms()) {
    if (source.span === undefined) continue;
    const set = spans.get(source.span) ?? new Set();
    for (const tag of source.triggers) set.add(tag);
    spans.set(source.span, set);
  }
  const known = new Map<string, Sample>();
  const keep = (sample: Sample): void => {
    if (sample.at <= checkpoint.seen) known.set(`${sample.tag}@${sample.at}`, sample);
  };
  for (const [span, set] of spans) {
    for (const sample of samplesOf(await sources.history.read([...set], checkpoint.seen - span, checkpoint.seen + 1))) keep(sample);
  }
  for (const tag of tags) {
    const last = sources.image.get(tag);
    if (last) keep(last);
  }
  const missed = tags.length === 0 ? [] : samplesOf(await sources.history.read(tags, checkpoint.seen + 1, now + AHEAD));
  return { known: [...known.values()].toSorted((a, b) => a.at - b.at), missed: missed.toSorted((a, b) => a.at - b.at) };
}

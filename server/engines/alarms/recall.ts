import type { AlarmEngine } from '#domain/alarm/engine.ts';
import type { Sample } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { History, ProcessImage, Series } from '../../services.ts';
import type { Checkpoint } from './stored.ts';

/** Clocks of devices may be ahead by so much, ms. */
const AHEAD = 86_400_000;
/** Twice the slowest cycle of a tag, ms. */
const LOOK_BACK = 120_000;

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
  const want = (span: number, tag: string): void => {
    spans.set(span, (spans.get(span) ?? new Set()).add(tag));
  };
  for (const { source } of engine.alarms()) if (source.span !== undefined) for (const tag of source.triggers) want(source.span, tag);
  // A newer sample in the image hides the one that the last run had evaluated; rules of several tags need it.
  for (const tag of tags) if ((sources.image.get(tag)?.at ?? 0) > checkpoint.seen) want(LOOK_BACK, tag);
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

import type { Sample } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Millis } from '#domain/time.ts';
import type { History, Series } from '../../services.ts';

/** So many samples the first look back holds, about; each next one goes four times as far. */
const FIRST_LOOK = 20;

function* backwards(series: Series): Generator<Sample, void, void> {
  for (let i = series.at.length - 1; i >= 0; i -= 1)
    yield { tag: series.tag, at: series.at[i] ?? 0, value: series.value[i] ?? null, quality: series.quality[i] ?? 'bad' };
}

/** The last sample of a tag at or before a time, whatever its quality, or the last that `accept` takes; undefined if there is none. */
export async function sampleAsOf(
  history: Pick<History, 'read'>,
  tag: TagDefinition,
  at: Millis,
  { signal, accept = () => true }: { readonly signal: AbortSignal; readonly accept?: (sample: Sample) => boolean },
): Promise<Sample | undefined> {
  let end = at + 1;
  for (let look = FIRST_LOOK * tag.every * 1000; end > 0; look *= 4) {
    const start = Math.max(0, end - look);
    const [series] = await history.read([tag.id], start, end, { signal });
    if (series) for (const sample of backwards(series)) if (accept(sample)) return sample;
    end = start;
  }
  return undefined;
}

interface Hit {
  readonly kind: 'page' | 'station' | 'tag';
  readonly id: string;
  readonly label: string;
  readonly code: string;
  readonly to: string;
}

export interface Entry extends Hit {
  /** Everything that may be typed for it, in lower case: label, code, pinyin initials. */
  readonly keys: readonly string[];
}

/** Every word of the query must occur in a key; earlier and whole-key matches come first, pages before stations before tags. */
export function search(entries: readonly Entry[], query: string, limit: number): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.filter((entry) => entry.kind !== 'tag').slice(0, limit);
  const scored: { entry: Entry; score: number }[] = [];
  for (const entry of entries) {
    let score = entry.kind === 'page' ? -30 : entry.kind === 'station' ? -20 : 0;
    for (const word of words) {
      let best = Number.POSITIVE_INFINITY;
      for (const key of entry.keys) {
        const at = key.indexOf(word);
        if (at >= 0) best = Math.min(best, at + (key.length - word.length) / 10);
      }
      score += best;
    }
    if (Number.isFinite(score)) scored.push({ entry, score });
  }
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, limit)
    .map((one) => one.entry);
}

/** First letters of each syllable: 补水流量 → bsll. */
export type Initials = (text: string) => string;

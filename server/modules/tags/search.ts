import type { TagDefinition } from '#domain/tag.ts';
import { pinyinInitials } from './pinyin.ts';

/** Finds tags by words that all occur in the id, an alias, a name, or the initials of the Chinese name. */
export class TagSearch {
  readonly #tags: readonly TagDefinition[];
  /** Made at the first search: the initials of a large plant take a moment. */
  #texts: readonly string[] | undefined;

  constructor(tags: readonly TagDefinition[]) {
    this.#tags = tags;
  }

  /** All tags for an empty question, in their order. */
  find(question: string): readonly TagDefinition[] {
    const words = question
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return this.#tags;
    const texts = (this.#texts ??= this.#tags.map(textOf));
    return this.#tags.filter((_, i) => words.every((word) => texts[i]?.includes(word)));
  }
}

const initials = new Map<string, string>();

function textOf(tag: TagDefinition): string {
  // Names repeat their parts (station, unit, quantity): each part once.
  const parts = tag.label.zh.split(' ').map((part) => {
    const known = initials.get(part);
    if (known !== undefined) return known;
    const made = pinyinInitials(part);
    initials.set(part, made);
    return made;
  });
  return [tag.id, ...tag.aliases, tag.label.zh, tag.label.en, parts.join(' ')].join('\n').toLowerCase();
}

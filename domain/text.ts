/** A text that people read, in both languages; a missing language does not compile. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

export type Language = 'zh' | 'en';

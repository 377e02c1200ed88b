const WHOLE = /^\$(?:\.[\p{L}\p{N}_-]+|\[\d{1,9}\])*$/u;
const PART = /\.([\p{L}\p{N}_-]+)|\[(\d+)\]/gu;

/** Steps of `$.a.b[0]`, or undefined if it is none. */
export function parsePath(text: string): readonly string[] | undefined {
  if (text.length > 200 || !WHOLE.test(text)) return undefined;
  return [...text.matchAll(PART)].map((match) => match[1] ?? match[2] ?? '');
}

/** Follows own members only; undefined where the path leads nowhere. */
export function follow(value: unknown, steps: readonly string[]): unknown {
  let here = value;
  for (const step of steps) {
    if (typeof here !== 'object' || here === null) return undefined;
    const property = Object.getOwnPropertyDescriptor(here, step);
    if (!property) return undefined;
    here = property.value;
  }
  return here;
}

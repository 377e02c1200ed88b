import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { en } from './en.ts';
import { zhCN } from './zh-CN.ts';

const root = new URL('../', import.meta.url);
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !/^(dist|locales)|\.test\./.test(file),
);
const source = files.map((file) => readFileSync(new URL(file.replaceAll('\\', '/'), root), 'utf8')).join('\n');
const blanks = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

test('both languages have the same keys and the same blanks, and no text is empty', () => {
  expect(Object.keys(en)).toEqual(Object.keys(zhCN));
  const texts: Readonly<Record<string, string>> = en;
  const faults = Object.entries(zhCN).filter(
    ([key, text]) =>
      text.trim() === '' || (texts[key] ?? '').trim() === '' || blanks(text).join(',') !== blanks(texts[key] ?? '').join(','),
  );
  expect(faults).toEqual([]);
});

test('the English texts contain no Chinese', () => {
  expect(Object.entries(en).filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([]);
});

test('no text is left over: every key, or the prefix of its family, is used by a page', () => {
  const unused = Object.keys(zhCN).filter(
    (key) =>
      !source.includes(`'${key}'`) &&
      !source.includes(`\`${key.slice(0, key.indexOf('.') + 1)}\${`) &&
      !/^(risk|rules)\..*(Hint|Done)$/.test(key),
  );
  expect(unused).toEqual([]);
});

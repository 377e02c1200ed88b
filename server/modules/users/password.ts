import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Text } from '#domain/text.ts';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const derive = promisify(argon2);
const plain64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');

let running = 0;
const waiting: (() => void)[] = [];
/** Two at a time: each takes 19 MiB and a thread of the pool that the store needs too. */
async function limited<T>(run: () => Promise<T>): Promise<T> {
  if (running >= 2) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await run();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** @returns a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, RFC 9106) */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await limited(() => derive('argon2id', { message: password.normalize('NFKC'), nonce, ...COST }));
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${plain64(nonce)}$${plain64(tag)}`;
}

/** What an account without a password is compared with, so that the answer takes the same time. */
export const NO_PASSWORD = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(43)}`;

/** Takes about 30 ms whatever the outcome; false also for a string that is no hash. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const parts = PHC.exec(phc);
  if (!parts) return false;
  const [, memory, passes, parallelism, salt = '', hash = ''] = parts;
  const expected = Buffer.from(hash, 'base64');
  const tag = await limited(() =>
    derive('argon2id', {
      message: password.normalize('NFKC'),
      nonce: Buffer.from(salt, 'base64'),
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: expected.length,
    }),
  );
  return timingSafeEqual(tag, expected);
}

/** Stems that guessing lists begin with; digits and signs round them do not help. */
const COMMON = new Set([
  'password',
  'passwort',
  'passw',
  'qwerty',
  'qwertyuiop',
  'qazwsx',
  'qazwsxedc',
  'asdfghjkl',
  'zxcvbnm',
  'iloveyou',
  'letmein',
  'welcome',
  'admin',
  'administrator',
  'root',
  'nuanliu',
  'woaini',
  'wodemima',
  'mima',
  'huanying',
  'dispatcher',
  'operator',
  'manager',
  'system',
  'heating',
  'gongre',
  'changeme',
  'default',
  'secret',
  'superman',
  'monkey',
  'dragon',
  'football',
  'baseball',
  'sunshine',
  'princess',
  'master',
  'login',
  'test',
  'testtest',
  'abc',
  'abcd',
  'abcdef',
  'aa',
  'a',
  'p',
  'q',
  'qwe',
  'asd',
  'zaq',
  'zaqxsw',
  'company',
  'user',
  'guest',
]);
const LOOKS: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' };

/** Both ways of reading `P@ssw0rd1!`: with the look-alikes as letters, and without what stands round the letters. */
function stems(password: string): string[] {
  const lower = password.toLowerCase();
  const bare = (text: string): string => text.replaceAll(/[^a-z]/g, '');
  const core = lower.replace(/[^a-z@$]+$/, '').replace(/^[^a-z@$]+/, '');
  return [bare(lower), bare(core.replaceAll(/[013457@$!]/g, (sign) => LOOKS[sign] ?? sign))];
}

/**
 * Why a password is refused, or undefined (GB/T 22239-2019 8.1.4.1 a): 10 to 128 characters, three of four classes or at least 16,
 * not the user's name, not one of those that everybody tries.
 */
export function passwordFault(password: string, user: { readonly id: string; readonly name: string }): Text | undefined {
  const characters = Array.from(password);
  if (characters.length < 10) return { zh: '密码至少 10 个字符', en: 'a password has at least 10 characters' };
  if (characters.length > 128) return { zh: '密码至多 128 个字符', en: 'a password has at most 128 characters' };
  const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u].filter((pattern) => pattern.test(password)).length;
  if (classes < 3 && characters.length < 16) {
    return {
      zh: '少于 16 个字符时须含大写, 小写, 数字, 符号中的三类',
      en: 'below 16 characters it needs three of: capital letters, small letters, digits, signs',
    };
  }
  if (new Set(characters).size < 5) return { zh: '不同的字符太少', en: 'it has too few different characters' };
  const lower = password.toLowerCase();
  const names = [user.id, ...user.id.split(/[._-]/), user.name]
    .map((name) => name.toLowerCase())
    .filter((name) => Array.from(name).length >= (/[a-z]/.test(name) ? 4 : 2));
  if (names.some((name) => lower.includes(name))) return { zh: '密码不得包含用户名', en: 'it must not contain the name of the user' };
  if (stems(password).some((stem) => COMMON.has(stem)) || /^(?:0123|1234|9876|abcd)/.test(lower)) {
    return { zh: '该密码过于常见', en: 'it is one of those that everybody tries' };
  }
  return undefined;
}

import { describe, expect, it } from 'vitest';
import { hashPassword, NO_PASSWORD, passwordFault, verifyPassword } from './password.ts';

const user = { id: 'wang.jianjun', name: '王建军' };

describe('password rules', () => {
  it.each([
    'short-1A',
    'Ab1-Ab1-A',
    'alllowercase',
    'lower1234567',
    'UPPER1234567',
    `Aa1-${'x'.repeat(130)}`,
    'wang.jianjun-A1',
    'XWANGx-2026-x',
    'Jianjun-2026!',
    '王建军-Heating-1',
    'Password123!',
    'P@ssw0rd1234',
    'Admin12345678',
    'Nuanliu-2026',
    'Qwertyuiop1!',
    'Welcome2026!!',
    '1234567890aA!',
    'aaaaaaaaaaaaaaaaaaaa',
    'ababababababababab',
    'Changeme-2026',
  ])('refuses %s and says why in both languages', (password) => {
    const fault = passwordFault(password, user);
    expect(fault?.zh).toMatch(/\p{Script=Han}/u);
    expect(fault?.en).toMatch(/[a-z]/);
  });

  it.each(['Kettle-Forest-42', 'correct horse battery staple', 'Tr0ub4dor&Lantern', '暖气片-Valve-7x', 'zitrone quer kamin'])(
    'takes %s',
    (password) => {
      expect(passwordFault(password, user)).toBeUndefined();
    },
  );
});

describe('password hash', () => {
  it('is argon2id with the parameters in the string, salted, and verifies', async () => {
    const hash = await hashPassword('Kettle-Forest-42');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await hashPassword('Kettle-Forest-42')).not.toBe(hash);
    expect(await verifyPassword('Kettle-Forest-42', hash)).toBe(true);
    expect(await verifyPassword('Kettle-Forest-43', hash)).toBe(false);
    expect(await verifyPassword('anything', NO_PASSWORD)).toBe(false);
    expect(await verifyPassword('anything', 'plain')).toBe(false);
  });

  it('takes the same text however a keyboard composes it', async () => {
    expect(await verifyPassword('e\u0301', await hashPassword('\u00e9'))).toBe(true);
  });
});

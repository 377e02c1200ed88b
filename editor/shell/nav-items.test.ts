import { expect, test } from 'vitest';
import type { Right } from '#domain/role.ts';
import { mayOpen } from './nav-items.ts';

const holder =
  (...rights: Right[]) =>
  (right: Right): boolean =>
    rights.includes(right);

test.each([
  ['/', [], true],
  ['/me', [], true],
  ['/alarms', ['live.read'], true],
  ['/alarms', ['audit.read'], false],
  ['/m/STA007', ['audit.read'], false],
  ['/m/STA007', ['live.read'], true],
  ['/processes/x', ['live.read'], true],
  ['/processes/x', [], false],
  ['/tasks/12', ['task.complete'], true],
  ['/system/users', ['live.read'], false],
  ['/system/users', ['policy.manage'], true],
  ['/system/audit', ['audit.read'], true],
  ['/nowhere', [], true],
] as const)('%s with %j: %s', (path, rights, may) => expect(mayOpen(path, holder(...rights))).toBe(may));

import { join } from 'node:path';
import { reports } from '#reports/index.ts';
import { millisOf, type Settings } from '../config.ts';
import { createTemplates } from '../engines/templates/render.ts';
import { auditModule } from '../modules/audit/module.ts';
import messagesModule from '../modules/messages/module.ts';
import personaModule from '../modules/persona/module.ts';
import sessionModule from '../modules/session/module.ts';
import { tokensModule } from '../modules/tokens/module.ts';
import { DEMO_USERS, ensureFirstUsers } from '../modules/users/first-users.ts';
import usersModule from '../modules/users/module.ts';
import { createToken, listTokens, revokeToken } from '../modules/users/tokens.ts';
import type { Directory, Identity } from '../people.ts';
import type { Messenger } from '../services.ts';
import type { AuditLog } from '../store/audit/log.ts';
import type { Assembly } from './assembly.ts';

export interface People {
  readonly directory: Directory;
  readonly identity: Identity;
  readonly messenger: Messenger;
  /** One-time password of `admin`, at the first start only. */
  readonly adminPassword?: string;
}

/** Users, sessions, service tokens, the demo bar, messages, reading of the audit log. */
export async function assemblePeople(
  assembly: Assembly,
  settings: Settings,
  given: { readonly adminPassword?: string; readonly auditLog: AuditLog },
): Promise<People> {
  const { context } = assembly;
  const first = await ensureFirstUsers({ ...context, demo: settings.demo, adminPassword: given.adminPassword });
  const { failures, window, lock, passwordMaxAge } = settings.logIn;
  const accountRules = { failures, window: millisOf(window), lock: millisOf(lock), passwordMaxAge: millisOf(passwordMaxAge) };
  const { accounts, directory } = await assembly.run(usersModule, { accountRules });
  const { idle, absolute, perUser } = settings.sessions;
  const { identity, sessions } = await assembly.run(sessionModule, {
    accounts,
    demo: settings.demo,
    secureCookie: settings.tls !== null,
    sessionRules: { idle: millisOf(idle), absolute: millisOf(absolute), perUser },
  });
  if (settings.demo) await assembly.run(personaModule, { directory, sessions, personas: DEMO_USERS });
  await assembly.run(tokensModule, {
    tokens: {
      create: (token) => createToken(context, token),
      revoke: (name, by) => revokeToken(context, name, by),
      list: () => listTokens(context.store),
    },
  });
  await assembly.run(auditModule, { auditLog: given.auditLog });
  const { messenger } = await assembly.run(messagesModule, {
    directory,
    templates: createTemplates(reports),
    mailFolder: join(settings.dataDir, 'mail'),
  });
  return { directory, identity, messenger, ...(first.adminPassword === undefined ? {} : { adminPassword: first.adminPassword }) };
}

import { Problem } from '#domain/errors.ts';
import type { RoleId } from '#domain/role.ts';
import type { Ambient, Audit } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { hashPassword, passwordFault } from './password.ts';
import { parseUser, TRIES, USERS } from './user-doc.ts';

/** The people of the demo bar. They have no password: only the bar, in demo mode, becomes them. */
export const DEMO_USERS: readonly { readonly persona: RoleId; readonly user: string; readonly name: string }[] = [
  { persona: 'dispatcher', user: 'wang.jianjun', name: '王建军' },
  { persona: 'process-engineer', user: 'chen.siyuan', name: '陈思远' },
  { persona: 'alarm-administrator', user: 'lin.xiao', name: '林晓' },
  { persona: 'manager', user: 'zhao.lixin', name: '赵立新' },
  { persona: 'system-administrator', user: 'admin', name: '管理员' },
  { persona: 'security-administrator', user: 'he.jing', name: '何静' },
  { persona: 'audit-administrator', user: 'zhou.min', name: '周敏' },
];

export type FirstUsersContext = Ambient & { readonly store: Store; readonly audit: Audit };

const newUser = (id: string, name: string, roles: readonly RoleId[], now: number) => ({
  _id: id,
  name,
  roles: [...roles],
  hash: null,
  history: [],
  passwordAt: now,
  mustChange: false,
  disabled: false,
  language: 'zh',
  created: now,
});

const created = (id: string, name: string, roles: readonly string[]) =>
  ({
    actor: 'system',
    actorName: '',
    roles: [],
    event: 'user',
    object: `user/${id}`,
    action: 'create',
    result: 'done',
    after: { name, roles },
  }) as const;

/** Four groups that can be read aloud; 92 bits. */
function oneTimePassword(secret: string): string {
  const letters = secret.replaceAll(/[^A-HJ-NP-Za-km-z2-9]/g, '').slice(0, 16);
  return `${letters.match(/.{1,4}/g)?.join('-') ?? ''}-7q`;
}

/**
 * The first start: `admin`, the system administrator, with a one-time password (returned once, for the starter to print) or the one
 * of NUANLIU_ADMIN_PASSWORD; in demo mode the people of the bar too. Later starts change nothing.
 * Call it before the module `users` starts.
 * @throws Problem PASSWORD_WEAK if the given password breaks the rules
 */
export async function ensureFirstUsers(
  context: FirstUsersContext & { readonly demo: boolean; readonly adminPassword?: string | undefined },
): Promise<{ readonly adminPassword?: string }> {
  const { store, audit, clock, ids } = context;
  const now = clock.now();
  let printed: string | undefined;
  if ((await store.get(USERS, 'admin')) === undefined) {
    if (context.adminPassword !== undefined) {
      const fault = passwordFault(context.adminPassword, { id: 'admin', name: '管理员' });
      if (fault)
        throw new Problem('PASSWORD_WEAK', 422, `NUANLIU_ADMIN_PASSWORD: ${fault.en}`, {
          place: { path: 'NUANLIU_ADMIN_PASSWORD' },
          context: { text: fault },
        });
    } else {
      printed = oneTimePassword(ids.secret(48));
    }
    const hash = await hashPassword(context.adminPassword ?? printed ?? '');
    // The demo's newcomer need not invent a password; a real plant's must (GB/T 22239-2019 8.1.4.1 a).
    const user = {
      ...newUser('admin', '管理员', ['system-administrator'], now),
      hash,
      mustChange: printed !== undefined && !context.demo,
    };
    await audit.append(created(user._id, user.name, user.roles));
    await store.insert(USERS, [user]);
  }
  if (context.demo) {
    for (const person of DEMO_USERS) {
      if ((await store.get(USERS, person.user)) !== undefined) continue;
      await audit.append(created(person.user, person.name, [person.persona]));
      await store.insert(USERS, [newUser(person.user, person.name, [person.persona], now)]);
    }
  }
  return printed === undefined ? {} : { adminPassword: printed };
}

/**
 * Break-glass for the local command line: a one-time password, enabled and unlocked, whatever the lock-out says; audited.
 * @throws Problem USER_UNKNOWN (404)
 */
export async function breakGlass(context: FirstUsersContext, id: string): Promise<{ readonly oneTimePassword: string }> {
  const doc = await context.store.get(USERS, id);
  if (!doc) throw new Problem('USER_UNKNOWN', 404, `there is no user '${id}'`);
  const user = parseUser(doc);
  const password = oneTimePassword(context.ids.secret(48));
  await context.audit.append({
    actor: 'local command line',
    actorName: '',
    roles: [],
    event: 'user',
    object: `user/${id}`,
    action: 'break-glass',
    result: 'done',
  });
  await context.store.update(
    USERS,
    { _id: user._id },
    { $set: { hash: await hashPassword(password), mustChange: true, disabled: false, passwordAt: context.clock.now() } },
  );
  await context.store.remove(TRIES, { _id: user._id });
  return { oneTimePassword: password };
}

export { newUser, oneTimePassword };

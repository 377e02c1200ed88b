import type { Static } from 'typebox';
import { Problem } from '#domain/errors.ts';
import { ROLES } from '#domain/role.ts';
import { defineModule, etag, Reply, requireMatch } from '../../define-module.ts';
import type { Accounts, Directory } from '../../people.ts';
import type { AuditEntry, Caller } from '../../services.ts';
import { AccountBook, type AccountRules } from './account-book.ts';
import contract, { type User } from './contract.ts';
import { newUser, oneTimePassword } from './first-users.ts';
import { hashPassword } from './password.ts';
import { RoleChanges } from './role-changes.ts';
import { checkRoles, type UserDoc } from './user-doc.ts';

const OTHER_ADMINISTRATORS = ['security-administrator', 'audit-administrator'];

const by = (caller: Caller, requestId: string): Pick<AuditEntry, 'actor' | 'actorName' | 'roles' | 'session' | 'ip' | 'requestId'> => ({
  actor: caller.id,
  actorName: caller.name,
  roles: caller.roles,
  requestId,
  ...(caller.session === undefined ? {} : { session: caller.session }),
  ...(caller.ip === undefined ? {} : { ip: caller.ip }),
});

/** 用户: who may log in, with which roles; passwords, lock-out, service tokens. Call `ensureFirstUsers` before it starts. */
export default defineModule<
  typeof contract,
  { readonly accountRules: AccountRules },
  { readonly accounts: Accounts; readonly directory: Directory }
>({
  name: 'users',
  contract,
  async start(context) {
    const { store, audit, ids, clock } = context;
    const book = await AccountBook.open(store, audit, context, context.accountRules);
    const changes = new RoleChanges(context, book);

    const view = (user: UserDoc): Static<typeof User> => {
      const last = book.lastLogIn(user._id);
      return {
        id: user._id,
        name: user.name,
        roles: user.roles,
        disabled: user.disabled,
        locked: book.locked(user._id),
        mustChangePassword: user.mustChange,
        created: new Date(user.created).toISOString(),
        ...(last === undefined ? {} : { lastLogIn: new Date(last).toISOString() }),
        ver: user.ver,
      };
    };
    const tagged = (user: UserDoc): Reply<Static<typeof User>> => new Reply(view(user), { headers: { etag: etag(user.ver) } });

    return {
      accounts: book,
      directory: book,
      handlers: {
        list: async () => ({ items: book.all().map(view) }),
        roles: async () => ({ items: ROLES.map(({ id, label, rights }) => ({ id, label: { ...label }, rights: [...rights] })) }),
        get: async ({ params }) => tagged(book.need(params.id)),

        create: async ({ body, caller, requestId }) => {
          const roles = checkRoles(body.roles ?? []);
          if (book.doc(body.id)) throw new Problem('USER_EXISTS', 409, `the user name '${body.id}' is taken`, { place: { path: 'id' } });
          const password = oneTimePassword(ids.secret(48));
          await audit.append({
            ...by(caller, requestId),
            event: 'user',
            object: `user/${body.id}`,
            action: 'create',
            result: 'done',
            after: { name: body.name },
          });
          const user = await book.add({
            ...newUser(body.id, body.name, [], clock.now()),
            hash: await hashPassword(password),
            mustChange: true,
          });
          const roleChange = roles.length > 0 ? await changes.propose(user, roles, 'new user', caller) : undefined;
          const answer = { user: view(book.need(user._id)), oneTimePassword: password };
          return new Reply(roleChange ? { ...answer, roleChange } : answer, { status: 201 });
        },

        change: async (request) => {
          const { params, body, caller, requestId } = request;
          const user = book.need(params.id);
          const ver = requireMatch(request, user.ver);
          if (body.disabled === true) changes.keepsAnAdministrator(user, []);
          const before = { name: user.name, disabled: user.disabled };
          await audit.append({
            ...by(caller, requestId),
            event: 'user',
            object: `user/${user._id}`,
            action: 'change',
            result: 'done',
            before,
            after: { ...before, ...body },
          });
          const changed = await book.write(user._id, body, ver);
          if (changed.disabled) await book.revoke(user._id);
          return tagged(changed);
        },

        resetPassword: async ({ params, caller, requestId }) => {
          const user = book.need(params.id);
          // Or the system administrator could become the other two.
          if (user.roles.some((role) => OTHER_ADMINISTRATORS.includes(role))) {
            throw new Problem('ROLES_EXCLUDE', 409, 'the password of another administrator is reset on the local command line only');
          }
          const password = oneTimePassword(ids.secret(48));
          await audit.append({
            ...by(caller, requestId),
            event: 'user',
            object: `user/${user._id}`,
            action: 'reset-password',
            result: 'done',
          });
          await book.setPassword(user._id, password, true);
          await book.unlock(user._id);
          await book.revoke(user._id);
          return { oneTimePassword: password };
        },

        unlock: async ({ params, caller, requestId }) => {
          const user = book.need(params.id);
          await audit.append({ ...by(caller, requestId), event: 'user', object: `user/${user._id}`, action: 'unlock', result: 'done' });
          await book.unlock(user._id);
          return view(user);
        },

        proposeRoles: async ({ params, body, caller }) =>
          new Reply(await changes.propose(book.need(params.id), body.roles, body.reason, caller), { status: 201 }),
        roleChanges: async ({ query }) => ({ items: await changes.list(query.state) }),
        approveRoles: async ({ params, caller }) => changes.approve(params.id, caller),
        rejectRoles: async ({ params, caller }) => changes.reject(params.id, caller),
      },
    };
  },
});

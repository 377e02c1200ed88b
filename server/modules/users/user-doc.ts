import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import { ROLES, type Right, type RoleId } from '#domain/role.ts';
import type { Caller } from '../../services.ts';

export const USERS = 'users';
export const TRIES = 'userTries';

const language = Type.Union([Type.Literal('zh'), Type.Literal('en')]);

const UserDocSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  name: Type.String(),
  roles: Type.Array(Type.String()),
  /** PHC string; null = nobody can log in with a password. */
  hash: Type.Union([Type.String(), Type.Null()]),
  /** The hashes before it, newest first. */
  history: Type.Array(Type.String()),
  passwordAt: Type.Number(),
  mustChange: Type.Boolean(),
  disabled: Type.Boolean(),
  language,
  created: Type.Number(),
});
export type UserDoc = Static<typeof UserDocSchema>;
const userDoc = Compile(UserDocSchema);

const TriesDocSchema = Type.Object({
  _id: Type.String(),
  failures: Type.Array(Type.Number()),
  lockedUntil: Type.Number(),
  lastLogIn: Type.Optional(Type.Number()),
});
export type TriesDoc = Static<typeof TriesDocSchema>;
const triesDoc = Compile(TriesDocSchema);

/** @throws Problem STORE_DOCUMENT for a record that somebody else wrote */
export function parseUser(doc: unknown): UserDoc {
  if (!userDoc.Check(doc))
    throw new Problem('STORE_DOCUMENT', 500, 'a record of a user is damaged', {
      place: { path: userDoc.Errors(doc)[0]?.instancePath ?? '' },
    });
  return doc;
}

export function parseTries(doc: unknown): TriesDoc {
  if (!triesDoc.Check(doc))
    throw new Problem('STORE_DOCUMENT', 500, 'a record of log-in tries is damaged', {
      place: { path: triesDoc.Errors(doc)[0]?.instancePath ?? '' },
    });
  return doc;
}

const ROLE_IDS = new Map<string, RoleId>(ROLES.map((role) => [role.id, role.id]));
const ADMINISTRATORS: readonly RoleId[] = ['system-administrator', 'security-administrator', 'audit-administrator'];

/** The roles that the table knows; a name that it does not know gives no right. */
export const knownRoles = (names: readonly string[]): RoleId[] => names.flatMap((name) => ROLE_IDS.get(name) ?? []);

const rightsOf = (roles: readonly RoleId[]): ReadonlySet<Right> =>
  new Set(ROLES.filter((role) => roles.includes(role.id)).flatMap((role) => role.rights));

/**
 * @throws Problem ROLE_UNKNOWN (422), ROLES_EXCLUDE (409): the three administrators exclude each other and every operator's role
 * (GB/T 22239-2019 8.1.4.2 d).
 */
export function checkRoles(names: readonly string[]): RoleId[] {
  const unknown = names.find((name) => !ROLE_IDS.has(name));
  if (unknown !== undefined) throw new Problem('ROLE_UNKNOWN', 422, `there is no role '${unknown}'`, { place: { path: 'roles' } });
  const roles = [...new Set(knownRoles(names))];
  if (roles.length > 1 && roles.some((role) => ADMINISTRATORS.includes(role))) {
    throw new Problem('ROLES_EXCLUDE', 409, `${roles.join(', ')} may not be one person: an administrator has no other role`, {
      place: { path: 'roles' },
    });
  }
  return roles;
}

/** A caller that stands for a person. */
export function callerFor(user: UserDoc): Caller {
  const roles = knownRoles(user.roles);
  return { kind: 'user', id: user._id, name: user.name, roles, rights: rightsOf(roles) };
}

import { createHash } from 'node:crypto';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import { RIGHTS, type Right } from '#domain/role.ts';
import type { Millis } from '#domain/time.ts';
import type { Ambient, Audit, Caller } from '../../services.ts';
import { DuplicateKey, type Store } from '../../store/port.ts';

const TOKENS = 'tokens';
const PREFIX = 'nlt_';
const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

/** `_id` is the hash of the secret, so that a copy of the store opens nothing; the name is unique. */
const tokenDoc = Compile(
  Type.Object({
    _id: Type.String(),
    name: Type.String(),
    rights: Type.Array(Type.String()),
    expires: Type.Number(),
    created: Type.Number(),
  }),
);

const idOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const known = new Map<string, Right>(RIGHTS.map((right) => [right, right]));

/** @throws Problem RIGHT_UNKNOWN (422) */
function parseRights(names: readonly string[]): Right[] {
  return names.map((name) => {
    const right = known.get(name);
    if (!right) throw new Problem('RIGHT_UNKNOWN', 422, `there is no right '${name}'; known: ${RIGHTS.join(', ')}`);
    return right;
  });
}

/**
 * A service token for a script: a list of rights, never a role. The secret is returned once and kept as a hash only.
 * @throws Problem TOKEN_NAME (422), TOKEN_EXISTS (409), RIGHT_UNKNOWN (422)
 */
export async function createToken(
  context: Ambient & { readonly store: Store; readonly audit: Audit },
  token: { readonly name: string; readonly rights: readonly string[]; readonly expiresIn: number; readonly by: string },
): Promise<{ readonly secret: string; readonly expires: Millis }> {
  if (!NAME.test(token.name))
    throw new Problem('TOKEN_NAME', 422, 'a token has a name of small letters, digits, dots and dashes, 40 at most');
  const rights = parseRights(token.rights);
  const now = context.clock.now();
  const expires = now + token.expiresIn;
  const secret = PREFIX + context.ids.secret(32);
  await context.store.ensureIndex(TOKENS, ['name'], { unique: true });
  const entry = {
    actor: token.by,
    actorName: '',
    roles: [],
    event: 'token',
    object: `token/${token.name}`,
    action: 'create',
    after: { rights, expires },
  } as const;
  await context.audit.append({ ...entry, result: 'done' });
  try {
    await context.store.insert(TOKENS, [{ _id: idOf(secret), name: token.name, rights, expires, created: now }]);
  } catch (error) {
    await context.audit.append({ ...entry, result: 'failed' });
    if (error instanceof DuplicateKey) throw new Problem('TOKEN_EXISTS', 409, `there is a token '${token.name}' already`, { cause: error });
    throw error;
  }
  return { secret, expires };
}

/** @returns false if there is no such token */
export async function revokeToken(context: { readonly store: Store; readonly audit: Audit }, name: string, by: string): Promise<boolean> {
  await context.audit.append({
    actor: by,
    actorName: '',
    roles: [],
    event: 'token',
    object: `token/${name}`,
    action: 'revoke',
    result: 'done',
  });
  return (await context.store.remove(TOKENS, { name })) > 0;
}

export async function listTokens(store: Store): Promise<{ name: string; rights: string[]; expires: Millis; created: Millis }[]> {
  const docs = await store.all(TOKENS, {}, { sort: { name: 1 } });
  return docs.flatMap((doc) =>
    tokenDoc.Check(doc) ? [{ name: doc.name, rights: doc.rights, expires: doc.expires, created: doc.created }] : [],
  );
}

/** Asked at each request, so that a revoked token ends at once. */
export async function tokenCaller(store: Store, now: Millis, secret: string): Promise<Caller | undefined> {
  if (!secret.startsWith(PREFIX)) return undefined;
  const doc = await store.get(TOKENS, idOf(secret));
  if (!doc || !tokenDoc.Check(doc) || doc.expires <= now) return undefined;
  const rights = doc.rights.flatMap((name) => known.get(name) ?? []);
  return { kind: 'token', id: `token:${doc.name}`, name: doc.name, roles: [], rights: new Set(rights) };
}

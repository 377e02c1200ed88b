import { contract } from '#contract/tokens';
import { Problem } from '#domain/errors.ts';
import type { Right } from '#domain/role.ts';
import { parseDuration } from '#domain/time.ts';
import type { Millis } from '#domain/time.ts';
import { defineModule } from '../../define-module.ts';

/** Where tokens are kept (by the module `users`); `main.ts` gives it. */
export interface TokenBook {
  create(token: { readonly name: string; readonly rights: readonly string[]; readonly expiresIn: number; readonly by: string }): Promise<{
    readonly secret: string;
    readonly expires: Millis;
  }>;
  /** False if there is no such token. */
  revoke(name: string, by: string): Promise<boolean>;
  list(): Promise<readonly { readonly name: string; readonly rights: readonly string[]; readonly expires: Millis }[]>;
}

/** Rights that stand for a person's own decision, or would let a script give itself more: never in a token. */
const PERSONS_ONLY: ReadonlySet<string> = new Set<Right>([
  'command.approve',
  'change.approve',
  'emergency.reset',
  'export.approve',
  'user.manage',
  'policy.manage',
  'key.manage',
  'task.complete',
]);
const LONGEST = 365 * 86_400_000;

const iso = (at: Millis): string => new Date(at).toISOString();

/** 服务令牌. Needs the book of tokens that the module `users` keeps. */
export const tokensModule = defineModule<typeof contract, { readonly tokens: TokenBook }>({
  name: 'tokens',
  contract,
  start({ tokens }) {
    return Promise.resolve({
      handlers: {
        async list() {
          const items = await tokens.list();
          return { items: items.map(({ name, rights, expires }) => ({ name, rights: [...rights], expires: iso(expires) })) };
        },
        async create({ body, caller }) {
          const personal = body.rights.find((right) => PERSONS_ONLY.has(right));
          if (personal !== undefined)
            throw new Problem('TOKEN_RIGHT', 422, `${personal} belongs to a person and cannot be given to a token`, {
              place: { path: 'rights' },
            });
          const expiresIn = parseDuration(body.expires);
          if (expiresIn === undefined || expiresIn <= 0 || expiresIn > LONGEST)
            throw new Problem('TOKEN_EXPIRES', 422, 'a token expires after more than 0 s and at most 365 d', {
              place: { path: 'expires' },
            });
          const { secret, expires } = await tokens.create({ name: body.name, rights: body.rights, expiresIn, by: caller.id });
          return { name: body.name, secret, rights: body.rights, expires: iso(expires) };
        },
        async revoke({ params, caller }) {
          if (!(await tokens.revoke(params.name, caller.id))) throw new Problem('TOKEN_UNKNOWN', 404, `there is no token ${params.name}`);
          return undefined;
        },
      },
    });
  },
});

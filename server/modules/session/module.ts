import type { Static } from 'typebox';
import { Problem } from '#domain/errors.ts';
import { ROLES } from '#domain/role.ts';
import { defineModule, Reply } from '../../define-module.ts';
import type { Accounts, Identity, Sessions } from '../../people.ts';
import type { Caller } from '../../services.ts';
import contract, { type Session } from './contract.ts';
import { SessionBook, type SessionRules } from './session-book.ts';

interface SessionNeeds {
  readonly accounts: Accounts;
  readonly sessionRules: SessionRules;
  readonly secureCookie: boolean;
  readonly demo: boolean;
}

const iso = (at: number): string => new Date(at).toISOString();

function sessionOf(caller: Caller): string {
  if (caller.session === undefined) throw new Problem('SESSION_NEEDED', 409, 'this needs a log-in of a person, not a token');
  return caller.session;
}

/** 会话: log-in, log-out, one's own password and language. */
export default defineModule<typeof contract, SessionNeeds, { readonly identity: Identity; readonly sessions: Sessions }>({
  name: 'session',
  contract,
  async start(context) {
    const { accounts, demo } = context;
    const book = await SessionBook.open(context);

    const answer = (id: string | undefined): Static<typeof Session> => {
      const state = id === undefined ? undefined : book.state(id);
      const ends = id === undefined ? undefined : book.ends(id);
      if (!state || !ends) return { user: null, demo };
      const { caller, language, mustChangePassword } = state;
      const roles = ROLES.filter((role) => caller.roles.includes(role.id)).map((role) => ({ id: role.id, label: { ...role.label } }));
      const user = { id: caller.id, name: caller.name, roles, rights: [...caller.rights].sort(), language, mustChangePassword };
      return { user: { ...user, idleUntil: iso(ends.idleUntil), expires: iso(ends.expires) }, demo };
    };

    return {
      identity: book,
      sessions: {
        replace: async (caller, user) => {
          await book.end(sessionOf(caller), `became ${user}`);
          const { cookie } = await book.begin(user, caller.ip);
          return book.setCookie(cookie);
        },
      },
      handlers: {
        logIn: async ({ body, caller }) => {
          const account = await accounts.authenticate(body.user, body.password, caller.ip);
          // A log-in over a running session ends that one: no session is fixed beforehand.
          if (caller.session !== undefined) await book.end(caller.session, 'new log-in');
          const { cookie, id } = await book.begin(account.id, caller.ip);
          return new Reply(answer(id), { headers: { 'set-cookie': book.setCookie(cookie) } });
        },
        current: async ({ caller }) => answer(caller.session),
        logOut: async ({ caller }) => {
          await book.end(sessionOf(caller), 'log-out');
          return new Reply(undefined, { status: 204, headers: { 'set-cookie': book.clearCookie() } });
        },
        setLanguage: async ({ body, caller }) => {
          const session = sessionOf(caller);
          await accounts.setLanguage(caller.id, body.language);
          return answer(session);
        },
        changePassword: async ({ body, caller }) => {
          const session = sessionOf(caller);
          await accounts.changePassword(caller.id, body.current, body.next, session);
          return answer(session);
        },
      },
    };
  },
});

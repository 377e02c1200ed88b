import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { ROLES } from '#domain/role.ts';
import type { Accounts, Identity, SessionState } from '../../people.ts';
import type { Ambient, Audit, Caller } from '../../services.ts';
import type { Store } from '../../store/port.ts';

const SESSIONS = 'sessions';
/** The time last seen is stored once a minute at most: a write a request would be too dear. */
const SEEN_EVERY = 60_000;

const DocSchema = Type.Object({ _id: Type.String(), user: Type.String(), begun: Type.Number(), seen: Type.Number(), ip: Type.String() });
const sessionDoc = Compile(DocSchema);

/** `begunMono` and `seenMono` are on the clock that never goes back: a set-back wall clock makes no session immortal. */
interface Session extends Static<typeof DocSchema> {
  readonly begunMono: number;
  seenMono: number;
  storedSeen: number;
}

export interface SessionRules {
  /** Milliseconds without a page's request. */
  readonly idle: number;
  /** Milliseconds in any case. */
  readonly absolute: number;
  readonly perUser: number;
}

export interface SessionContext extends Ambient {
  readonly store: Store;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly sessionRules: SessionRules;
  /** Cookies only over TLS (`__Host-` prefix). */
  readonly secureCookie: boolean;
}

const idOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

/** 会话: opaque tokens; only their hashes are kept, so that a copy of the store opens no session. */
export class SessionBook implements Identity {
  readonly cookieName: string;
  readonly #sessions = new Map<string, Session>();
  readonly #context: SessionContext;

  private constructor(context: SessionContext) {
    this.#context = context;
    this.cookieName = context.secureCookie ? '__Host-nuanliu' : 'nuanliu';
  }

  static async open(context: SessionContext): Promise<SessionBook> {
    const book = new SessionBook(context);
    const { store, clock, log } = context;
    const stale: string[] = [];
    for await (const doc of store.find(SESSIONS, {})) {
      if (!sessionDoc.Check(doc)) {
        log.warn({ id: doc._id }, 'a damaged session record was removed');
        stale.push(doc._id);
        continue;
      }
      const ago = (at: number): number => clock.monotonic() - Math.max(0, clock.now() - at);
      const { _id, user, begun, seen, ip } = doc;
      book.#sessions.set(_id, { _id, user, begun, seen, ip, begunMono: ago(begun), seenMono: ago(seen), storedSeen: seen });
      if (book.#alive(_id) === undefined) stale.push(_id);
    }
    if (stale.length > 0) await store.remove(SESSIONS, { _id: { $in: stale } });
    context.accounts.onRevoked(async (user, except) => {
      for (const session of book.#of(user)) if (session._id !== except) await book.end(session._id, 'revoked');
    });
    return book;
  }

  /** @returns the cookie's value; the user's oldest sessions end when there are too many. */
  async begin(user: string, ip: string | undefined): Promise<{ readonly cookie: string; readonly id: string }> {
    const { store, clock, ids, sessionRules } = this.#context;
    const others = this.#of(user);
    for (const oldest of others.slice(0, Math.max(0, others.length - sessionRules.perUser + 1)))
      await this.end(oldest._id, 'too many sessions');
    const cookie = ids.secret(32);
    const now = clock.now();
    const doc = { _id: idOf(cookie), user, begun: now, seen: now, ip: ip ?? '' };
    await store.insert(SESSIONS, [doc]);
    this.#sessions.set(doc._id, { ...doc, begunMono: clock.monotonic(), seenMono: clock.monotonic(), storedSeen: now });
    return { cookie, id: doc._id };
  }

  async end(id: string, reason: string): Promise<void> {
    const session = this.#sessions.get(id);
    if (!session) return;
    this.#sessions.delete(id);
    const account = this.#context.accounts.account(session.user);
    await this.#context.audit.append({
      actor: session.user,
      actorName: account?.name ?? '',
      roles: account?.roles ?? [],
      event: 'session',
      object: `user/${session.user}`,
      action: 'end',
      result: 'done',
      reason,
      session: id,
    });
    await this.#context.store.remove(SESSIONS, { _id: id });
  }

  async session(cookie: string, options: { readonly ip: string | undefined; readonly touch: boolean }): Promise<SessionState | undefined> {
    const session = this.#alive(idOf(cookie));
    if (!session) return undefined;
    if (options.touch) await this.#touch(session);
    return this.#stateOf(session, options.ip);
  }

  token(secret: string): Promise<Caller | undefined> {
    return this.#context.accounts.token(secret);
  }

  state(id: string): SessionState | undefined {
    const session = this.#alive(id);
    return session && this.#stateOf(session, undefined);
  }

  /** When it ends if nothing more is asked, and in any case (UTC milliseconds). */
  ends(id: string): { readonly idleUntil: number; readonly expires: number } | undefined {
    const session = this.#alive(id);
    const { idle, absolute } = this.#context.sessionRules;
    return session && { idleUntil: Math.min(session.seen + idle, session.begun + absolute), expires: session.begun + absolute };
  }

  setCookie(value: string): string {
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict${this.#context.secureCookie ? '; Secure' : ''}`;
  }

  clearCookie(): string {
    return `${this.setCookie('')}; Max-Age=0`;
  }

  #of(user: string): Session[] {
    return [...this.#sessions.values()].filter((session) => session.user === user).sort((a, b) => a.begun - b.begun);
  }

  async #touch(session: Session): Promise<void> {
    const { store, clock } = this.#context;
    session.seen = clock.now();
    session.seenMono = clock.monotonic();
    if (Math.abs(session.seen - session.storedSeen) < SEEN_EVERY) return;
    session.storedSeen = session.seen;
    await store.update(SESSIONS, { _id: session._id }, { $set: { seen: session.seen } });
  }

  /** The session if it has not expired; an expired one is ended on the way. */
  #alive(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (!session) return undefined;
    const { clock, log, sessionRules } = this.#context;
    const quiet = Math.max(clock.now() - session.seen, clock.monotonic() - session.seenMono);
    const age = Math.max(clock.now() - session.begun, clock.monotonic() - session.begunMono);
    if (quiet < sessionRules.idle && age < sessionRules.absolute) return session;
    this.end(id, age < sessionRules.absolute ? 'idle' : 'too old').catch((error: unknown) => {
      log.error({ err: error }, 'the end of a session could not be stored');
    });
    return undefined;
  }

  #stateOf(session: Session, ip: string | undefined): SessionState | undefined {
    const account = this.#context.accounts.account(session.user);
    if (!account) return undefined;
    const rights = new Set(ROLES.filter((role) => account.roles.includes(role.id)).flatMap((role) => role.rights));
    const caller: Caller = {
      kind: 'user',
      id: account.id,
      name: account.name,
      roles: account.roles,
      rights,
      session: session._id,
      ip: ip ?? session.ip,
    };
    return { caller, mustChangePassword: account.mustChangePassword, language: account.language };
  }
}

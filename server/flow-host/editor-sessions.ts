import type { Caller } from '../services.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Right } from '#domain/role.ts';

/** Cookie of the editor's own origin; another name than the platform's, because cookies do not know ports. */
export const EDITOR_COOKIE = 'nuanliu-editor';
const TICKET_FOR = 60_000;
const CHECK_EVERY = 5000;

/** Node-RED's scopes by right: reading live values shows flows, drafting flows edits them (ui.md 5). */
const SCOPES: readonly (readonly [Right, string])[] = [
  ['live.read', 'read'],
  ['flow.draft', 'write'],
];
export const scopesOf = (caller: Caller): string[] => SCOPES.filter(([right]) => caller.rights.has(right)).map(([, scope]) => scope);
export const mayEdit = (caller: Caller): boolean => caller.rights.has('flow.draft');

interface Session {
  readonly caller: Caller;
  checkedAt: Millis;
  alive: boolean;
}

export interface EditorSessionsOptions {
  readonly clock: Clock;
  readonly secret: (bytes: number) => string;
  /** The platform's own session still stands; asked at most every 5 s for each editor session. */
  readonly sessionAlive: (session: string) => Promise<boolean>;
}

/** Who is at the editor: a ticket works once, within a minute; the session lives as long as the platform's. */
export class EditorSessions {
  readonly #options: EditorSessionsOptions;
  readonly #tickets = new Map<string, { readonly caller: Caller; readonly expires: Millis }>();
  readonly #sessions = new Map<string, Session>();

  constructor(options: EditorSessionsOptions) {
    this.#options = options;
  }

  issue(caller: Caller): { readonly ticket: string; readonly expires: Millis } {
    const now = this.#options.clock.now();
    for (const [ticket, { expires }] of this.#tickets) if (expires <= now) this.#tickets.delete(ticket);
    const ticket = this.#options.secret(32);
    this.#tickets.set(ticket, { caller, expires: now + TICKET_FOR });
    return { ticket, expires: now + TICKET_FOR };
  }

  /** The value of the cookie, or undefined if the ticket is unknown, used or too old. */
  redeem(ticket: string): string | undefined {
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (!found || found.expires <= this.#options.clock.now()) return undefined;
    const cookie = this.#options.secret(32);
    this.#sessions.set(cookie, { caller: found.caller, checkedAt: 0, alive: true });
    return cookie;
  }

  async caller(cookie: string | undefined): Promise<Caller | undefined> {
    const session = cookie === undefined ? undefined : this.#sessions.get(cookie);
    if (!session || cookie === undefined) return undefined;
    const now = this.#options.clock.now();
    if (now - session.checkedAt > CHECK_EVERY) {
      session.checkedAt = now;
      session.alive = session.caller.session !== undefined && (await this.#options.sessionAlive(session.caller.session));
    }
    if (session.alive) return session.caller;
    this.#sessions.delete(cookie);
    return undefined;
  }
}

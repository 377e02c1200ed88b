import type { RoleId } from '#domain/role.ts';
import type { Caller } from './services.ts';

/** Users as other modules see them. */
export interface Directory {
  user(id: string): { readonly id: string; readonly name: string; readonly roles: readonly RoleId[] } | undefined;
  withRole(role: RoleId): readonly { readonly id: string; readonly name: string }[];
  /** A caller that stands for a user in a job (no session). */
  callerOf(id: string): Caller | undefined;
}

/** A person's account as the log-in sees it. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly RoleId[];
  readonly language: 'zh' | 'en';
  /** The one thing that the person may do now is to change the password. */
  readonly mustChangePassword: boolean;
}

/** 账户: passwords, lock-out and service tokens. Given by the module `users`, taken by `session`. */
export interface Accounts {
  /** Undefined if the account does not exist or is disabled. */
  account(id: string): Account | undefined;
  /** @throws Problem LOGIN_FAILED (401), LOGIN_LOCKED (423); takes the same time whether the user exists or not. */
  authenticate(user: string, password: string, ip: string | undefined): Promise<Account>;
  /** @throws Problem PASSWORD_WRONG, PASSWORD_WEAK (422), LOGIN_LOCKED (423) */
  changePassword(user: string, current: string, next: string, session: string | undefined): Promise<void>;
  setLanguage(user: string, language: 'zh' | 'en'): Promise<void>;
  /** The caller of a service token, undefined if it is unknown or has expired. */
  token(secret: string): Promise<Caller | undefined>;
  /** Called when an account's sessions have to end (disabled, password changed); `except` names the one that may stay. */
  onRevoked(listener: (user: string, except: string | undefined) => Promise<void>): void;
}

/** 会话: what the HTTP edge needs of the log-in. Given by the module `session`. */
export interface Identity {
  readonly cookieName: string;
  /** The caller of a session cookie; `touch` prolongs the idle time (a page's request does, the live socket does not). */
  session(cookie: string, options: { readonly ip: string | undefined; readonly touch: boolean }): Promise<SessionState | undefined>;
  token(secret: string): Promise<Caller | undefined>;
  /** State now of the session that `Caller.session` names; undefined once it ended or expired. Cheap: asked every few seconds by each socket. */
  state(session: string): SessionState | undefined;
}

/** What the demo bar needs of the log-in. */
export interface Sessions {
  /** Ends the session and begins one of another user; @returns the value of the header `set-cookie`. @throws Problem SESSION_NEEDED (409) */
  replace(caller: Caller, user: string): Promise<string>;
}

export interface SessionState {
  readonly caller: Caller;
  /** Only the routes of the log-in are open until the password is changed. */
  readonly mustChangePassword: boolean;
  readonly language: 'zh' | 'en';
}

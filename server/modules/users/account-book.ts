import { Problem } from '#domain/errors.ts';
import type { RoleId } from '#domain/role.ts';
import type { Account, Accounts, Directory } from '../../people.ts';
import type { Ambient, Audit, AuditEntry, Caller } from '../../services.ts';
import { DuplicateKey, type NewDoc, type Store } from '../../store/port.ts';
import { afterFailure, isLocked, NO_TRIES, StrangerTries, type LockOutRule, type Tries } from './lock-out.ts';
import { hashPassword, NO_PASSWORD, passwordFault, verifyPassword } from './password.ts';
import { tokenCaller } from './tokens.ts';
import { callerFor, knownRoles, parseTries, parseUser, TRIES, USERS, type TriesDoc, type UserDoc } from './user-doc.ts';

/** A password may not be one of the five before it. */
const HISTORY = 5;

export interface AccountRules extends LockOutRule {
  /** Milliseconds after which a password has to be changed. */
  readonly passwordMaxAge: number;
}

type Listener = (user: string, except: string | undefined) => Promise<void>;

const LOCKED = {
  zh: '口令连续输错，账户已锁定；稍后再试，或请系统管理员解锁',
  en: 'too many wrong passwords: the account is locked; try later, or ask a system administrator to unlock it',
};

/** All users, in memory and in the store: log-in, lock-out, passwords; the directory of the other modules. */
export class AccountBook implements Accounts, Directory {
  readonly #users = new Map<string, UserDoc>();
  readonly #tries = new Map<string, TriesDoc>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #listeners: Listener[] = [];
  readonly #strangers: StrangerTries;
  readonly #store: Store;
  readonly #audit: Audit;
  readonly #ambient: Ambient;
  readonly #rules: AccountRules;

  private constructor(store: Store, audit: Audit, ambient: Ambient, rules: AccountRules) {
    this.#store = store;
    this.#audit = audit;
    this.#ambient = ambient;
    this.#rules = rules;
    this.#strangers = new StrangerTries(ambient.clock);
  }

  static async open(store: Store, audit: Audit, ambient: Ambient, rules: AccountRules): Promise<AccountBook> {
    const book = new AccountBook(store, audit, ambient, rules);
    for await (const doc of store.find(USERS, {})) book.#users.set(doc._id, parseUser(doc));
    for await (const doc of store.find(TRIES, {})) book.#tries.set(doc._id, parseTries(doc));
    return book;
  }

  all(): UserDoc[] {
    return [...this.#users.values()].sort((a, b) => a._id.localeCompare(b._id));
  }

  doc(id: string): UserDoc | undefined {
    return this.#users.get(id);
  }

  /** @throws Problem USER_UNKNOWN (404) */
  need(id: string): UserDoc {
    const user = this.#users.get(id);
    if (!user) throw new Problem('USER_UNKNOWN', 404, `there is no user '${id}'`);
    return user;
  }

  lastLogIn(id: string): number | undefined {
    return this.#tries.get(id)?.lastLogIn;
  }

  locked(id: string): boolean {
    return isLocked(this.#tries.get(id) ?? NO_TRIES, this.#ambient.clock.now());
  }

  user(id: string): { id: string; name: string; roles: RoleId[] } | undefined {
    const user = this.#users.get(id);
    return user && { id, name: user.name, roles: knownRoles(user.roles) };
  }

  withRole(role: RoleId): { id: string; name: string }[] {
    return this.all()
      .filter((user) => !user.disabled && user.roles.includes(role))
      .map((user) => ({ id: user._id, name: user.name }));
  }

  callerOf(id: string): Caller | undefined {
    const user = this.#users.get(id);
    return user && !user.disabled ? callerFor(user) : undefined;
  }

  account(id: string): Account | undefined {
    const user = this.#users.get(id);
    if (!user || user.disabled) return undefined;
    const old = user.hash !== null && this.#ambient.clock.now() - user.passwordAt > this.#rules.passwordMaxAge;
    return { id, name: user.name, roles: knownRoles(user.roles), language: user.language, mustChangePassword: user.mustChange || old };
  }

  token(secret: string): Promise<Caller | undefined> {
    return tokenCaller(this.#store, this.#ambient.clock.now(), secret);
  }

  onRevoked(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async revoke(user: string, except?: string): Promise<void> {
    for (const listener of this.#listeners) await listener(user, except);
  }

  /** The tries on one account are taken one after the other, or many at once would slip under the count. */
  async #inTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return run();
    })();
    this.#turns.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(id) === mine) this.#turns.delete(id);
    }
  }

  authenticate(name: string, password: string, ip: string | undefined): Promise<Account> {
    return this.#inTurn(name, async () => {
      const entry = this.#entry(name, 'session', 'log-in', { object: `user/${name}`, ...(ip === undefined ? {} : { ip }) });
      const user = await this.#fresh(name);
      if (isLocked(user ? this.#triesOf(name) : this.#strangers.get(name), this.#ambient.clock.now())) {
        await this.#audit.append({ ...entry, result: 'refused', reason: 'locked' });
        throw new Problem('LOGIN_LOCKED', 423, LOCKED.en, { context: { text: LOCKED } });
      }
      const right = await verifyPassword(password, user?.hash ?? NO_PASSWORD);
      const account = this.account(name);
      if (!right || !account || user?.hash == null) {
        await this.#failed(name, user !== undefined);
        await this.#audit.append({ ...entry, result: 'refused', reason: 'wrong user or password' });
        throw new Problem('LOGIN_FAILED', 401, 'the user or the password is wrong');
      }
      await this.#audit.append({ ...entry, result: 'done' });
      await this.#keepTries({ _id: name, ...NO_TRIES, failures: [], lastLogIn: this.#ambient.clock.now() });
      return account;
    });
  }

  changePassword(id: string, current: string, next: string, session: string | undefined): Promise<void> {
    return this.#inTurn(id, async () => {
      const user = this.need(id);
      if (this.locked(id)) throw new Problem('LOGIN_LOCKED', 423, LOCKED.en, { context: { text: LOCKED } });
      const entry = this.#entry(id, 'user', 'password', { object: `user/${id}`, ...(session === undefined ? {} : { session }) });
      if (!(await verifyPassword(current, user.hash ?? NO_PASSWORD))) {
        await this.#failed(id, true);
        await this.#audit.append({ ...entry, result: 'refused', reason: 'wrong password' });
        throw new Problem('PASSWORD_WRONG', 422, 'the present password is wrong', { place: { path: 'current' } });
      }
      const fault = passwordFault(next, { id, name: user.name }) ?? (await this.#usedBefore(next, user));
      if (fault) throw new Problem('PASSWORD_WEAK', 422, fault.en, { place: { path: 'next' }, context: { text: fault } });
      await this.#audit.append({ ...entry, result: 'done' });
      await this.setPassword(id, next, false);
      await this.revoke(id, session);
    });
  }

  async #usedBefore(next: string, user: UserDoc): Promise<{ zh: string; en: string } | undefined> {
    for (const hash of [user.hash, ...user.history]) {
      if (hash !== null && (await verifyPassword(next, hash)))
        return { zh: `不得与最近 ${HISTORY} 个密码相同`, en: `it is one of the last ${HISTORY}` };
    }
    return undefined;
  }

  /** Sets a hash without asking for the old one: reset by an administrator, or the end of `changePassword`. */
  async setPassword(id: string, password: string, mustChange: boolean): Promise<void> {
    const user = this.need(id);
    const history = (user.hash === null ? user.history : [user.hash, ...user.history]).slice(0, HISTORY - 1);
    await this.write(id, { hash: await hashPassword(password), history, mustChange, passwordAt: this.#ambient.clock.now() });
  }

  async setLanguage(id: string, language: 'zh' | 'en'): Promise<void> {
    await this.write(id, { language });
  }

  /** Stores what changed and takes the result into memory; with `ver` only if it is still that version. @throws Problem IF_MATCH_STALE */
  async write(id: string, fields: Partial<Omit<UserDoc, '_id' | 'ver'>>, ver?: number): Promise<UserDoc> {
    const took = await this.#store.update(USERS, ver === undefined ? { _id: id } : { _id: id, ver }, { $set: fields });
    const doc = await this.#fresh(id);
    if (!doc) throw new Problem('USER_UNKNOWN', 404, `there is no user '${id}'`);
    if (!took) throw new Problem('IF_MATCH_STALE', 412, 'it was changed meanwhile', { context: { current: doc.ver } });
    return doc;
  }

  /** @throws Problem USER_EXISTS (409) */
  async add(doc: NewDoc): Promise<UserDoc> {
    try {
      await this.#store.insert(USERS, [doc]);
    } catch (error) {
      if (error instanceof DuplicateKey)
        throw new Problem('USER_EXISTS', 409, `the user name '${doc._id}' is taken`, { place: { path: 'id' }, cause: error });
      throw error;
    }
    const user = parseUser({ ...doc, ver: 1 });
    this.#users.set(user._id, user);
    return user;
  }

  async unlock(id: string): Promise<void> {
    const last = this.lastLogIn(id);
    await this.#keepTries({ _id: id, failures: [], lockedUntil: 0, ...(last === undefined ? {} : { lastLogIn: last }) });
  }

  /** From the store, since the command line may have changed it beside us. */
  async #fresh(id: string): Promise<UserDoc | undefined> {
    const [doc, tries] = await Promise.all([this.#store.get(USERS, id), this.#store.get(TRIES, id)]);
    if (tries) this.#tries.set(id, parseTries(tries));
    else this.#tries.delete(id);
    if (!doc) return undefined;
    const user = parseUser(doc);
    this.#users.set(id, user);
    return user;
  }

  #triesOf(id: string): Tries {
    return this.#tries.get(id) ?? NO_TRIES;
  }

  async #failed(name: string, known: boolean): Promise<void> {
    const { clock, log } = this.#ambient;
    let tries: Tries;
    if (known) {
      tries = afterFailure(this.#triesOf(name), clock.now(), this.#rules);
      const last = this.lastLogIn(name);
      await this.#keepTries({
        _id: name,
        failures: [...tries.failures],
        lockedUntil: tries.lockedUntil,
        ...(last === undefined ? {} : { lastLogIn: last }),
      });
    } else {
      tries = this.#strangers.fail(name, this.#rules);
    }
    if (isLocked(tries, clock.now())) log.warn({ user: name }, 'account locked after wrong passwords');
  }

  async #keepTries(doc: TriesDoc): Promise<void> {
    await this.#store.upsert(TRIES, doc);
    this.#tries.set(doc._id, doc);
  }

  #entry(
    actor: string,
    event: string,
    action: string,
    more: { object: string; ip?: string; session?: string },
  ): Omit<AuditEntry, 'result'> {
    const user = this.#users.get(actor);
    return { actor, actorName: user?.name ?? '', roles: user?.roles ?? [], event, action, ...more };
  }
}

import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { RoleId } from '#domain/role.ts';
import type { Ambient, Audit, Caller } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import type { AccountBook } from './account-book.ts';
import type { RoleChange as RoleChangeView } from './contract.ts';
import { checkRoles, type UserDoc } from './user-doc.ts';

const CHANGES = 'roleChanges';

const ChangeSchema = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  user: Type.String(),
  before: Type.Array(Type.String()),
  after: Type.Array(Type.String()),
  reason: Type.String(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('applied'), Type.Literal('rejected')]),
  proposedBy: Type.String(),
  proposedAt: Type.Number(),
  decidedBy: Type.Optional(Type.String()),
  decidedAt: Type.Optional(Type.Number()),
});
type Change = Static<typeof ChangeSchema>;
const changeDoc = Compile(ChangeSchema);

function parse(doc: unknown): Change {
  if (!changeDoc.Check(doc))
    throw new Problem('STORE_DOCUMENT', 500, 'a record of a role change is damaged', {
      place: { path: changeDoc.Errors(doc)[0]?.instancePath ?? '' },
    });
  return doc;
}

const view = (change: Change): Static<typeof RoleChangeView> => ({
  id: change._id,
  user: change.user,
  before: change.before,
  after: change.after,
  reason: change.reason,
  state: change.state,
  proposedBy: change.proposedBy,
  proposedAt: new Date(change.proposedAt).toISOString(),
  ...(change.decidedBy === undefined ? {} : { decidedBy: change.decidedBy }),
  ...(change.decidedAt === undefined ? {} : { decidedAt: new Date(change.decidedAt).toISOString() }),
});

/** The system administrator proposes, the security administrator approves (GB/T 22239-2019 8.1.4.2 d). */
export class RoleChanges {
  readonly #store: Store;
  readonly #audit: Audit;
  readonly #ambient: Ambient;
  readonly #book: AccountBook;

  constructor(context: Ambient & { readonly store: Store; readonly audit: Audit }, book: AccountBook) {
    this.#store = context.store;
    this.#audit = context.audit;
    this.#ambient = context;
    this.#book = book;
  }

  async list(state: Change['state'] | undefined): Promise<Static<typeof RoleChangeView>[]> {
    const docs = await this.#store.all(CHANGES, state === undefined ? {} : { state }, { sort: { proposedAt: -1 }, limit: 1000 });
    return docs.map((doc) => view(parse(doc)));
  }

  /** @throws Problem USER_UNKNOWN, ROLE_UNKNOWN, ROLES_EXCLUDE, USER_LAST_ADMIN */
  async propose(user: UserDoc, names: readonly string[], reason: string, caller: Caller): Promise<Static<typeof RoleChangeView>> {
    const after = checkRoles(names);
    this.keepsAnAdministrator(user, after);
    const change: Change = {
      _id: this.#ambient.ids.next(),
      ver: 1,
      user: user._id,
      before: user.roles,
      after,
      reason,
      state: 'waiting',
      proposedBy: caller.id,
      proposedAt: this.#ambient.clock.now(),
    };
    await this.#record(change, caller, 'propose');
    await this.#store.insert(CHANGES, [change]);
    // Somebody has to be the first who can approve.
    const nobodyApproves = this.#book.withRole('security-administrator').length === 0;
    if (nobodyApproves && after.length === 1 && after[0] === 'security-administrator' && user._id !== caller.id)
      return this.#apply(change, caller);
    return view(change);
  }

  /** @throws Problem ROLE_CHANGE_UNKNOWN (404), ROLE_CHANGE_DECIDED (409), SECOND_PERSON (409), ROLES_EXCLUDE */
  async approve(id: string, caller: Caller): Promise<Static<typeof RoleChangeView>> {
    const change = await this.#waiting(id);
    if (caller.id === change.proposedBy || caller.id === change.user) {
      throw new Problem('SECOND_PERSON', 409, 'a change of roles is approved by somebody other than who proposed it and whom it is about');
    }
    this.keepsAnAdministrator(this.#book.need(change.user), checkRoles(change.after));
    return this.#apply(change, caller);
  }

  async reject(id: string, caller: Caller): Promise<Static<typeof RoleChangeView>> {
    const change = await this.#waiting(id);
    await this.#record(change, caller, 'reject');
    return view(await this.#decide(change, 'rejected', caller));
  }

  /** @throws Problem USER_LAST_ADMIN (409) if nobody could manage users afterwards */
  keepsAnAdministrator(user: UserDoc, after: readonly RoleId[]): void {
    const others = this.#book.withRole('system-administrator').filter((admin) => admin.id !== user._id);
    if (user.roles.includes('system-administrator') && !after.includes('system-administrator') && others.length === 0) {
      throw new Problem('USER_LAST_ADMIN', 409, 'the last system administrator stays one, and enabled');
    }
  }

  async #waiting(id: string): Promise<Change> {
    const doc = await this.#store.get(CHANGES, id);
    if (!doc) throw new Problem('ROLE_CHANGE_UNKNOWN', 404, `there is no change of roles '${id}'`);
    const change = parse(doc);
    if (change.state !== 'waiting') throw new Problem('ROLE_CHANGE_DECIDED', 409, `it is already ${change.state}`);
    return change;
  }

  async #apply(change: Change, caller: Caller): Promise<Static<typeof RoleChangeView>> {
    await this.#record(change, caller, 'approve');
    const decided = await this.#decide(change, 'applied', caller);
    await this.#book.write(change.user, { roles: change.after });
    return view(decided);
  }

  async #decide(change: Change, state: 'applied' | 'rejected', caller: Caller): Promise<Change> {
    const decision = { state, decidedBy: caller.id, decidedAt: this.#ambient.clock.now() } as const;
    if (!(await this.#store.update(CHANGES, { _id: change._id, ver: change.ver }, { $set: decision }))) {
      throw new Problem('ROLE_CHANGE_DECIDED', 409, 'somebody else has just decided it');
    }
    return { ...change, ...decision };
  }

  async #record(change: Change, caller: Caller, action: string): Promise<void> {
    await this.#audit.append({
      actor: caller.id,
      actorName: caller.name,
      roles: caller.roles,
      event: 'role',
      object: `user/${change.user}`,
      action,
      result: 'done',
      before: change.before,
      after: change.after,
      reason: change.reason,
      ...(caller.session === undefined ? {} : { session: caller.session }),
      ...(caller.ip === undefined ? {} : { ip: caller.ip }),
    });
  }
}

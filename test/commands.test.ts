import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '#domain/errors.ts';
import type { CommandRecord } from '#server/modules/commands/record.ts';
import { parseRecord } from '#server/modules/commands/record.ts';
import { Plant, SETPOINT, UNIT, VALVE, confirmed, person } from './command-kit.ts';
import type { Run } from './command-kit.ts';
import { settle } from './memory-store.ts';

const li = person('li.na', 'dispatcher');
const wang = person('wang.jianjun', 'dispatcher');
const manager = person('zhou.min', 'manager');
const alarmAdmin = person('chen', 'alarm-administrator');
const warm = { tag: SETPOINT, value: 46, reason: 'cold evening', submitter: li };
const close = { tag: VALVE, value: 0, reason: 'leak', submitter: li };

const stateOf = async (run: Run, id: string) => (await run.service.get(id))?.state;

describe('a command', () => {
  it('is journalled, sent, read back and audited', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id, state } = await run.service.submit(warm);
    expect(state).toBe('queued');
    await settle();
    expect(await stateOf(run, id)).toBe('sent');
    run.link.open.get(id)?.resolve(confirmed(id));
    const ended = await run.service.ended(id);
    expect(ended).toMatchObject({ state: 'confirmed', before: 45, readBack: 46, unit: '°C', deployment: 3 });
    await settle();
    expect(plant.audited.map((entry) => entry.action)).toEqual(['command.queued', 'command.sent', 'command.confirmed']);
    expect(run.events.map((event) => event.state)).toEqual(['queued', 'sent', 'confirmed']);
  });

  it.each([
    ['a tag that is not listed', { ...warm, tag: `${UNIT}.2T_S` }, 'GATE_NOT_LISTED'],
    ['a value out of range', { ...warm, value: 80 }, 'GATE_RANGE'],
    ['too large a step', { ...warm, value: 60 }, 'GATE_STEP'],
    ['a person without the right', { ...warm, submitter: alarmAdmin }, 'GATE_ROLE'],
    ['a valve in automatic', { ...warm, tag: `${UNIT}.CV_SP`, value: 45 }, 'TAG_IN_AUTO'],
    ['one person twice', { ...close, approver: li }, 'GATE_PERSONS'],
    ['two names in one session', { ...close, approver: person('zhou.min', 'manager', 'session-li.na') }, 'GATE_PERSONS'],
    ['a second person without the right', { ...close, approver: alarmAdmin }, 'GATE_ROLE'],
  ])('is refused: %s', async (_why, request, code) => {
    const plant = new Plant();
    const run = await plant.start();
    const command = await run.service.submit(request);
    await settle();
    expect(command).toMatchObject({ state: 'refused', code });
    expect(command.why?.zh).not.toBe('');
    expect(run.link.sent).toEqual([]);
    expect(plant.audited).toMatchObject([{ action: 'command.refused', result: 'refused' }]);
  });

  it('is refused while the one-key stop is latched, whatever the device says', async () => {
    const plant = new Plant();
    const run = await plant.start();
    plant.stopped.add('STA007');
    expect(await run.service.submit(warm)).toMatchObject({ state: 'refused', code: 'GATE_PERMISSIVE' });
    plant.stopped.clear();
    plant.set('STA007.STOPPED', true);
    expect(await run.service.submit(warm)).toMatchObject({ state: 'refused', code: 'GATE_PERMISSIVE' });
  });

  it('passes the gate once more just before it is sent', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id } = await run.service.submit(close);
    plant.stopped.add('STA007');
    await run.service.approve(id, manager);
    await settle();
    expect(await run.service.get(id)).toMatchObject({ state: 'refused', code: 'GATE_PERMISSIVE' });
    expect(run.link.sent).toEqual([]);
  });

  it('waits for a second person, who is another one in another session', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id, state } = await run.service.submit(close);
    expect(state).toBe('waiting');
    await expect(run.service.approve(id, li)).rejects.toMatchObject({ code: 'COMMAND_SECOND_PERSON' });
    await expect(run.service.approve(id, { ...wang, session: 'session-li.na' })).rejects.toMatchObject({ code: 'COMMAND_SECOND_PERSON' });
    await expect(run.service.approve(id, { ...wang, kind: 'token' })).rejects.toMatchObject({ code: 'COMMAND_SECOND_PERSON' });
    await settle();
    expect(run.link.sent).toEqual([]);
    await run.service.approve(id, manager);
    await settle();
    expect(run.link.sent).toMatchObject([{ id, value: 0 }]);
    await expect(run.service.approve(id, wang)).rejects.toMatchObject({ code: 'STATE_REFUSED' });
  });

  it('goes at once when a process brings the approver along', async () => {
    const plant = new Plant();
    const run = await plant.start();
    expect(await run.service.submit({ ...close, approver: manager, instance: '17' })).toMatchObject({
      state: 'queued',
      approver: 'zhou.min',
    });
  });

  it('expires while it waits, and is not approved any more', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id } = await run.service.submit({ ...close, expiresIn: 60_000 });
    await plant.time.advance(60_000);
    expect(await stateOf(run, id)).toBe('expired');
    await expect(run.service.approve(id, manager)).rejects.toMatchObject({ code: 'STATE_REFUSED' });
  });

  it('is not sent after its time behind a slow command of the same tag', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const first = await run.service.submit(warm);
    const second = await run.service.submit({ ...warm, value: 47, expiresIn: 5000 });
    await settle();
    await plant.time.advance(5000);
    run.link.open.get(first.id)?.resolve(confirmed(first.id));
    await settle();
    expect(await stateOf(run, second.id)).toBe('expired');
    expect(run.link.sent.map((one) => one.id)).toEqual([first.id]);
  });

  it('keeps the rate of the tag, over a restart too', async () => {
    const plant = new Plant();
    const run = await plant.start();
    run.link.answer = (id) => confirmed(id);
    await run.service.submit(warm);
    await settle();
    expect(await run.service.submit({ ...warm, value: 47 })).toMatchObject({ code: 'GATE_RATE' });
    run.service.close();
    const again = await plant.start();
    expect(await again.service.submit({ ...warm, value: 47 })).toMatchObject({ code: 'GATE_RATE' });
    await plant.time.advance(5000);
    expect(await again.service.submit({ ...warm, value: 47 })).toMatchObject({ state: 'queued' });
  });

  it('that was queued at a crash is sent when a runtime is there again, unless it has expired', async () => {
    const plant = new Plant();
    let dead = false;
    const run = await plant.start((when) => {
      if (dead) throw new Error('the process is dead');
      // The journal has `queued`; the process ends before `sent`.
      dead = when === 'after';
    });
    run.link.alive = false;
    await run.service.submit(warm).catch(() => undefined);
    await settle();
    plant.time.drop();
    const again = await plant.start();
    again.link.answer = (id) => confirmed(id);
    await plant.time.advance(2000);
    expect(again.link.sent).toEqual([]);
    again.link.online = true;
    plant.refresh();
    await plant.time.advance(1000);
    expect(again.link.sent).toHaveLength(1);
  });

  it('is withdrawn by its submitter or rejected by an approver before it is sent', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id } = await run.service.submit(close);
    await expect(run.service.withdraw(id, alarmAdmin, undefined)).rejects.toMatchObject({ code: 'RIGHT_MISSING' });
    expect(await run.service.withdraw(id, manager, 'not now')).toMatchObject({ state: 'refused', code: 'COMMAND_REJECTED' });
    await expect(run.service.approve(id, wang)).rejects.toMatchObject({ code: 'STATE_REFUSED' });
  });

  it('is the same command for the same key, and another one may not use it', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const request = { ...warm, idempotencyKey: 'k' };
    const [a, b] = await Promise.all([run.service.submit(request), run.service.submit(request)]);
    expect(b.id).toBe(a.id);
    await settle();
    expect(run.link.sent).toHaveLength(1);
    await expect(run.service.submit({ ...request, value: 47 })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await plant.time.advance(6000);
    expect((await run.service.submit({ ...request, submitter: wang })).id).not.toBe(a.id);
  });

  it('fails when the link refuses it, and is unknown when nobody can tell', async () => {
    const plant = new Plant();
    const run = await plant.start();
    run.link.answer = () => new Problem('RUNTIME_OFFLINE', 503, 'no runtime');
    const refused = await run.service.submit(warm);
    expect(await run.service.ended(refused.id)).toMatchObject({ state: 'failed', code: 'RUNTIME_OFFLINE' });
    await plant.time.advance(6000);
    run.link.answer = () => new Problem('RUNTIME_LOST', 503, 'went away');
    const gone = await run.service.submit(warm);
    expect(await run.service.ended(gone.id)).toMatchObject({ state: 'unknown' });
    await plant.time.advance(6000);
    run.link.answer = () => new Error('connection lost');
    const lost = await run.service.submit(warm);
    expect(await run.service.ended(lost.id)).toMatchObject({ state: 'unknown', code: 'COMMAND_OUTCOME_UNKNOWN' });
    await plant.time.advance(6000);
    plant.refresh();
    run.link.answer = undefined;
    const silent = await run.service.submit(warm);
    await settle();
    await plant.time.advance(30_000);
    expect(await stateOf(run, silent.id)).toBe('unknown');
    expect(plant.told.map(({ to, key }) => [to, key])).toContainEqual([['li.na', 'wang.jianjun'], `command-unknown:${silent.id}`]);
    expect(run.link.sent).toHaveLength(4);
  });

  it('is audited later when the audit log was down', async () => {
    const plant = new Plant();
    const run = await plant.start();
    plant.auditDown = true;
    run.link.answer = (id) => confirmed(id);
    const { id } = await run.service.submit(warm);
    await run.service.ended(id);
    await settle();
    expect(plant.audited).toEqual([]);
    plant.auditDown = false;
    await plant.time.advance(10_000);
    expect(plant.audited.map((entry) => entry.action)).toEqual(['command.queued', 'command.sent', 'command.confirmed']);
  });

  it('stops waiting when the caller goes away', async () => {
    const plant = new Plant();
    const run = await plant.start();
    const { id } = await run.service.submit(close);
    const gone = new AbortController();
    const ended = run.service.ended(id, gone.signal);
    gone.abort();
    await expect(ended).rejects.toMatchObject({ code: 'COMMAND_WAIT_ABORTED' });
  });
});

type Action =
  | { readonly do: 'submit'; readonly two: boolean; readonly key: number; readonly expires: number }
  | { readonly do: 'approve' | 'withdraw'; readonly nth: number; readonly self: boolean }
  | { readonly do: 'answer'; readonly nth: number; readonly as: 'confirmed' | 'failed' | 'unknown' | 'lost' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'crash'; readonly writes: number; readonly when: 'before' | 'after' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('submit' as const), two: fc.boolean(), key: fc.nat(3), expires: fc.constantFrom(2000, 30_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('approve' as const, 'withdraw' as const), nth: fc.nat(5), self: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      nth: fc.nat(5),
      as: fc.constantFrom('confirmed' as const, 'failed' as const, 'unknown' as const, 'lost' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 3000, 31_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      writes: fc.nat(4),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
);

/** A history with kill -9 at any write, and what must hold after it. */
class History {
  readonly plant = new Plant();
  readonly sends = new Map<string, number>();
  readonly answers = new Map<string, string>();
  readonly ids: string[] = [];
  readonly keys = new Map<string, string>();
  readonly faults: string[] = [];
  #run: Run | undefined;
  #writesLeft = Number.POSITIVE_INFINITY;
  #crashWhen: 'before' | 'after' = 'before';

  async start(): Promise<Run> {
    this.plant.time.drop();
    this.#writesLeft = Number.POSITIVE_INFINITY;
    let dead = false;
    let run: Run | undefined;
    run = await this.plant.start((when) => {
      if (dead) throw new Error('the process is dead');
      if (when === 'before') this.#writesLeft -= 1;
      if (this.#writesLeft < 0 && when === this.#crashWhen) {
        dead = true;
        if (run) run.link.alive = false;
        throw new Error('kill -9');
      }
    });
    const { link } = run;
    link.answer = undefined;
    const send = link.sendCommand.bind(link);
    link.sendCommand = (command) => {
      if (link.alive) this.#seeSend(command.id, command.expires);
      return send(command);
    };
    this.#run = run;
    return run;
  }

  #seeSend(id: string, expires: number): void {
    this.sends.set(id, (this.sends.get(id) ?? 0) + 1);
    const record = this.records().find((one) => one._id === id);
    if (record?.state !== 'sent') this.faults.push(`${id} was sent while the journal said ${record?.state ?? 'nothing'}`);
    if (this.plant.time.now() >= expires) this.faults.push(`${id} was sent after it expired`);
    if (record && record.persons === 2 && (record.approver === undefined || record.approver === record.submitter))
      this.faults.push(`${id} was sent with one person`);
  }

  records(): CommandRecord[] {
    return [...(this.plant.disk.docs.get('commands')?.values() ?? [])].map(parseRecord);
  }

  async play(step: Action): Promise<void> {
    const run = this.#run ?? (await this.start());
    this.plant.refresh();
    try {
      await this.#one(run, step);
    } catch {
      // Refusals and the crash itself: what must hold is looked at afterwards.
    }
    await settle();
    if (!run.link.alive) await this.start();
  }

  async #one(run: Run, step: Action): Promise<void> {
    if (step.do === 'wait') return this.plant.time.advance(step.ms);
    if (step.do === 'crash') {
      this.#writesLeft = step.writes;
      this.#crashWhen = step.when;
      return;
    }
    if (step.do === 'submit') {
      const base = step.two ? close : warm;
      const key = step.key === 0 ? {} : { idempotencyKey: `${step.two}${step.key}` };
      const command = await run.service.submit({ ...base, ...key, expiresIn: step.expires });
      this.ids.push(command.id);
      if (step.key === 0) return;
      const known = this.keys.get(`${step.two}${step.key}`) ?? command.id;
      if (known !== command.id) this.faults.push(`key ${step.key} gave ${known} and ${command.id}`);
      this.keys.set(`${step.two}${step.key}`, known);
      return;
    }
    const id = this.ids[step.nth];
    if (id === undefined) return;
    if (step.do === 'approve') await run.service.approve(id, step.self ? li : manager);
    if (step.do === 'withdraw') await run.service.withdraw(id, step.self ? li : manager, undefined);
    if (step.do === 'answer') {
      const open = run.link.open.get(id);
      if (!open) return;
      run.link.open.delete(id);
      this.answers.set(id, step.as);
      if (step.as === 'lost') open.reject(new Error('lost'));
      else open.resolve({ id, state: step.as, at: 0 });
    }
  }

  /** Everything settles: a last start, and enough time for every expiry and answer. */
  async end(): Promise<void> {
    if (this.#run) this.#run.link.alive = false;
    this.#run?.service.close();
    const run = await this.start();
    run.link.answer = (id) => confirmed(id);
    await settle();
    for (let i = 0; i < 4; i += 1) await this.plant.time.advance(30_000);
  }
}

describe('commands under kill -9 at any write', () => {
  it('are sent at most once, journalled before, never confirmed without an outcome, and all audited', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), async (steps) => {
        const history = new History();
        await history.start();
        for (const step of steps) await history.play(step);
        await history.end();
        expect(history.faults).toEqual([]);
        for (const record of history.records()) {
          const sends = history.sends.get(record._id) ?? 0;
          expect(sends).toBeLessThanOrEqual(1);
          expect(['waiting', 'queued', 'sent']).not.toContain(record.state);
          expect(['confirmed', 'unknown'].includes(record.state) ? record.sentAt : 0).toBeDefined();
          expect(record.state === 'confirmed' ? sends : 1).toBe(1);
          expect(['refused', 'expired'].includes(record.state) ? sends : 0).toBe(0);
          const entries = history.plant.audited
            .filter((entry) => JSON.stringify(entry.before).includes(record._id))
            .map((entry) => entry.action);
          expect(record.transitions.map((step) => `command.${step.state}`).filter((name) => !entries.includes(name))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

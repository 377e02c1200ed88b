import { openAudit } from '../audit/log.ts';
import { openEmbeddedStore } from '../embedded/store.ts';

/** Child of the kill test: writes documents and audit entries for ever and prints what was acknowledged: `d <id>`, `u <n>`, `a <seq>`. */
const dir = process.argv[2] ?? '.';
const run = process.argv[3] ?? '';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const store = await openEmbeddedStore({ dir, clock });
const audit = await openAudit({ dir, clock, log: quiet });
await store.upsert('counters', { _id: run, n: 0 });

async function documents(): Promise<never> {
  for (let i = 0; ; i += 1) {
    await store.insert('docs', [{ _id: `${run}.${i}`, run, i }]);
    process.stdout.write(`d ${run}.${i}\n`);
  }
}

async function updates(): Promise<never> {
  for (let n = 1; ; n += 1) {
    await store.update('counters', { _id: run }, { $inc: { n: 1 } });
    process.stdout.write(`u ${n}\n`);
  }
}

async function entries(): Promise<never> {
  for (;;) {
    const seq = await audit.append({ actor: 'a', actorName: 'A', roles: [], event: 'test', object: run, action: 'do', result: 'done' });
    process.stdout.write(`a ${seq}\n`);
  }
}

await Promise.all([documents(), updates(), entries(), entries()]);

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, type BenchOptions, type Results } from './measure.ts';

const END = '.bench.ts';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(END))
  .map((file) => file.slice(0, -END.length));

function refuse(detail: string): never {
  process.stderr.write(`${detail}\nusage: npm run bench -- NAME [--seconds 60]\nbenchmarks: ${names.join(', ')}\n`);
  process.exit(2);
}

function read(): { readonly name: string; readonly seconds: number } {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: '60' } } });
    const [name = '', more] = positionals;
    const seconds = Number(values.seconds);
    if (!names.includes(name) || more !== undefined) return refuse(name === '' ? 'which benchmark?' : `there is no benchmark '${name}'`);
    if (!(seconds >= 1 && seconds <= 3600)) return refuse(`--seconds ${values.seconds}: 1 to 3600`);
    return { name, seconds };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { name, seconds } = read();
const on = machine();
const began = performance.now();
const options: BenchOptions = {
  seconds,
  progress: (text) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}\n`),
};
const { run }: { run: (options: BenchOptions) => Promise<Results> } = await import(`./${name}${END}`);
const results = await run(options);
process.stdout.write(`${JSON.stringify({ bench: name, machine: on, results })}\n`);

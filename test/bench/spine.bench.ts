import type { Bench } from './measure.ts';
import { measureIngest } from './spine/ingest.ts';
import { measureSystem } from './spine/system.ts';

/** The way of a sample from the link to alarms and browsers, and what the idle demo takes (docs/reference/benchmarks.md). */
export const run: Bench = async (options) => ({ ...(await measureIngest(options)), ...(await measureSystem(options)) });

import { buildFerretdb } from './ferretdb/ferretdb.ts';

/** Before the tests, so that no time-out of a test counts the build. */
export default function setup(): void {
  buildFerretdb();
}

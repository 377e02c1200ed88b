import type { Doc } from '../port.ts';

interface MovedIndex {
  readonly keys: readonly string[];
  readonly unique: boolean;
}
interface MovedDoc {
  /** Where to go on behind it; the meaning is the store's own. */
  readonly position: string;
  readonly doc: Doc;
}

/** What a move needs of a store besides its port: everything in it, as it is. */
export interface Movable extends AsyncDisposable {
  /** What and where it is, without a password; the same at the next start. */
  readonly name: string;
  collections(): Promise<readonly string[]>;
  indices(collection: string): Promise<readonly MovedIndex[]>;
  ensureIndex(collection: string, index: MovedIndex): Promise<void>;
  /** At most so many documents behind a position ('' = from the first), in the order of insertion. */
  after(collection: string, position: string, limit: number): Promise<readonly MovedDoc[]>;
  /** Writes documents as they are, with their `ver`; those that are there are replaced. */
  put(collection: string, docs: readonly Doc[]): Promise<void>;
  get(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, Doc>>;
  count(collection: string): Promise<number>;
  drop(collection: string): Promise<void>;
}

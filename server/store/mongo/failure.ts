import { MongoBulkWriteError, MongoServerError } from 'mongodb';
import { isProblem, Problem } from '#domain/errors.ts';
import { DuplicateKey } from '../port.ts';

const DUPLICATE = 11_000;

/** True if an `_id` or a unique index was taken; FerretDB 1.24 says it in words when an update or a new index meets it. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && (error.code === DUPLICATE || error.message.includes('UNIQUE constraint failed'));

/** Index of the document of an insert that met a taken key. */
export function duplicateAt(error: unknown): number {
  const errors = error instanceof MongoBulkWriteError ? error.writeErrors : [];
  return (Array.isArray(errors) ? errors[0] : errors)?.index ?? 0;
}

/** What a caller of the port gets for a fault of the server or of the way to it. */
export function failure(error: unknown): unknown {
  if (isProblem(error) || error instanceof DuplicateKey) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem('STORE_FAILED', 503, `the store's server could not do it: ${detail}`, { cause: error });
}

import { Compile } from 'typebox/compile';
import { LedgerTypeSchema } from '#contract/ledgers';
import type { LedgerTypeContent } from '#contract/ledgers';
import { Problem } from '#domain/errors.ts';
import { typeFaults } from '#domain/ledger/check-type.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';

const schema = Compile(LedgerTypeSchema);

/** @throws Problem LEDGER_TYPE_INVALID with the place in the definition */
export function parseLedgerType(content: unknown): LedgerTypeContent {
  if (schema.Check(content)) return content;
  const errors = schema.Errors(content);
  const fault = errors.find((error) => error.keyword !== 'anyOf' && error.keyword !== 'const') ?? errors[0];
  const path = fault?.instancePath.replaceAll('/', '.').replace(/^\./, '') ?? '$';
  throw new Problem('LEDGER_TYPE_INVALID', 422, `${path}: ${fault?.message ?? 'this is no record type'}`, { place: { path } });
}

export interface LiveType {
  readonly type: LedgerTypeContent;
  readonly hash: string;
}

/** The types that are deployed now. */
export class Catalogue {
  readonly #types = new Map<string, LiveType>();

  all(): readonly LiveType[] {
    const place = ({ type }: LiveType): number => type.order ?? Number.MAX_SAFE_INTEGER;
    return [...this.#types.values()].sort((a, b) => place(a) - place(b) || (a.type.id < b.type.id ? -1 : 1));
  }

  find(id: string): LiveType | undefined {
    return this.#types.get(id);
  }

  /** @throws Problem LEDGER_TYPE_UNKNOWN */
  need(id: string): LedgerTypeContent {
    const found = this.#types.get(id);
    if (!found) throw new Problem('LEDGER_TYPE_UNKNOWN', 404, `there is no record type "${id}"`);
    return found.type;
  }

  /** Faults of a definition among the types that there are. */
  faults(type: LedgerType): readonly Problem[] {
    return typeFaults(type, new Set([...this.#types.keys(), type.id]));
  }

  /** Reference fields of all types that point at a type. */
  pointing(to: string): readonly { readonly type: LedgerType; readonly field: string }[] {
    return this.all().flatMap(({ type }) =>
      Object.entries(type.fields).flatMap(([field, { type: kind, ...rest }]) =>
        kind === 'reference' && 'ledger' in rest && rest.ledger === to ? [{ type, field }] : [],
      ),
    );
  }

  put(live: LiveType): void {
    this.#types.set(live.type.id, live);
  }

  drop(id: string): void {
    this.#types.delete(id);
  }
}

import { Problem, isProblem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';

export interface DeployedArtefact {
  readonly id: string;
  readonly hash: string;
  readonly content: unknown;
}

/** All artefacts as they would be after the change. */
export interface World {
  get(kind: string, id: string): DeployedArtefact | undefined;
  list(kind: string): readonly DeployedArtefact[];
}

type Risk = 'low' | 'middle' | 'high';

export interface KindDefinition<T> {
  /** `alarm`: the first half of an artefact's name `alarm/STA007.2T_S`. */
  readonly kind: string;
  readonly label: Text;
  /** Strict: unknown or wrong parts are refused. @throws Problem with the place in the content. */
  parse(content: unknown, id: string): T;
  /** References exist, units agree, ids are unique: looks at the whole world after the change. */
  validate?(content: T, id: string, world: World): readonly Problem[] | Promise<readonly Problem[]>;
  /** Sets how many persons a change needs; anything that writes to a device is high (artefacts.md). */
  risk?(before: T | undefined, after: T | undefined): Risk;
}

/** A kind without its content's type: what the deployer sees. */
export interface ArtefactKind {
  readonly kind: string;
  readonly label: Text;
  /** Every fault of one artefact in that world, each with its place; empty = good. */
  problems(content: unknown, id: string, world: World): Promise<readonly Problem[]>;
  risk(before: unknown, after: unknown, id: string): Risk;
}

/** A kind of artefact: one file in `kinds/`, one line where `main.ts` lists them. */
export function defineArtefactKind<T>(definition: KindDefinition<T>): ArtefactKind {
  const parsed = (content: unknown, id: string): T | undefined => (content === undefined ? undefined : definition.parse(content, id));
  return {
    kind: definition.kind,
    label: definition.label,
    async problems(content, id, world) {
      try {
        return (await definition.validate?.(definition.parse(content, id), id, world)) ?? [];
      } catch (error) {
        if (isProblem(error)) return [error];
        throw new Problem('ARTEFACT_INVALID', 422, `${definition.kind}/${id} could not be checked`, { cause: error });
      }
    },
    risk: (before, after, id) => definition.risk?.(parsed(before, id), parsed(after, id)) ?? 'middle',
  };
}

import type { GateRule } from '#domain/command/types.ts';
import { Problem } from '#domain/errors.ts';
import type { TagId } from '#domain/sample.ts';
import type { Asset, TagDefinition } from '#domain/tag.ts';
import type { TagDictionary } from '../../services.ts';

/** What the dictionary is made of: assets, tags and the gate's allow-list of a plant. */
export interface PlantContent {
  readonly assets: readonly Asset[];
  readonly tags: readonly TagDefinition[];
  readonly gate: readonly GateRule[];
}

/** The dictionary, and the way in for the allow-list that is deployed. */
export interface PlantDictionary extends TagDictionary {
  /** Takes the deployed allow-list in place of the present one. A line that looks at a tag that is not there allows nothing. */
  allow(rules: readonly GateRule[]): void;
}

/**
 * 点位表 of a plant. A tag is found by its id and by every alias.
 * @throws Problem PLANT_INVALID if an id is there twice or a reference leads nowhere.
 */
export function createTagDictionary(plant: PlantContent): PlantDictionary {
  const tags = new Map<string, TagDefinition>();
  const assets = new Map(plant.assets.map((asset) => [asset.id, asset]));
  const refuse = (path: string, detail: string): Problem => new Problem('PLANT_INVALID', 500, `${path}: ${detail}`, { place: { path } });
  if (assets.size < plant.assets.length) throw refuse('assets', 'an id is there twice');
  for (const asset of plant.assets)
    if (asset.parent !== undefined && !assets.has(asset.parent)) throw refuse(asset.id, `there is no asset ${asset.parent}`);
  for (const tag of plant.tags) {
    if (!assets.has(tag.asset)) throw refuse(tag.id, `there is no asset ${tag.asset}`);
    for (const name of [tag.id, ...tag.aliases]) {
      if (tags.has(name)) throw refuse(name, 'the id or alias is there twice');
      tags.set(name, tag);
    }
  }
  const gate = new Map<TagId, GateRule>();
  const allow = (rules: readonly GateRule[]): void => {
    gate.clear();
    for (const rule of rules) if (gateTags(rule).every((id) => tags.has(id))) gate.set(rule.tag, rule);
  };
  for (const rule of plant.gate)
    for (const id of gateTags(rule)) if (!tags.has(id)) throw refuse(`gate of ${rule.tag}`, `there is no tag ${id}`);
  allow(plant.gate);
  return { tag: (id) => tags.get(id), asset: (id) => assets.get(id), tags: plant.tags, assets: plant.assets, gate, allow };
}

/** Every tag that a line of the allow-list looks at. */
export const gateTags = ({ tag, readBack, mode, permissive = [] }: GateRule): TagId[] => [
  tag,
  readBack.tag,
  ...(mode ? [mode.tag] : []),
  ...permissive.map((one) => one.tag),
];

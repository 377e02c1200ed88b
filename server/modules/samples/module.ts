import { contract } from '#contract/samples';
import { Problem } from '#domain/errors.ts';
import type { Sample } from '#domain/sample.ts';
import { defineModule } from '../../define-module.ts';
import type { History, ProcessImage, TagDictionary } from '../../services.ts';

/** A clock that is ahead would block the tag's newest value until its time comes. */
const AHEAD = 300_000;

/** 采样值 from outside, for scripts and gateways; the flow runtimes use the link. */
export const samplesModule = defineModule<
  typeof contract,
  { readonly history: History; readonly image: ProcessImage; readonly dictionary: TagDictionary }
>({
  name: 'samples',
  contract,
  // oxlint-disable-next-line typescript/require-await -- the shape of a module
  async start({ history, image, dictionary, clock }) {
    const parse = (
      [name, time, value, quality]: readonly [string, string | number, Sample['value'], Sample['quality']],
      i: number,
    ): Sample => {
      const refuse = (code: string, detail: string, field: number, status = 400): Problem =>
        new Problem(code, status, detail, { place: { path: `samples[${i}][${field}]` } });
      const tag = dictionary.tag(name);
      if (!tag) throw refuse('TAG_UNKNOWN', `there is no tag "${name}"`, 0, 404);
      const at = typeof time === 'number' ? time : Date.parse(time);
      if (!Number.isInteger(at) || at < 0) throw refuse('SAMPLE_TIME', `"${time}" is no time: ISO 8601 or UTC milliseconds`, 1);
      if (at > clock.now() + AHEAD)
        throw refuse('SAMPLE_TIME', `${new Date(at).toISOString()} is more than 5 minutes ahead of the server`, 1);
      if (value === null && quality !== 'bad') throw refuse('SAMPLE_TYPE', 'only a sample of bad quality may have no value', 2);
      if (value !== null && typeof value !== tag.type)
        throw refuse('SAMPLE_TYPE', `${tag.id} holds a ${tag.type}, not a ${typeof value}`, 2);
      return { tag: tag.id, at, value, quality };
    };
    return {
      handlers: {
        async append({ body }) {
          const samples = body.samples.map(parse);
          const { stored, duplicates } = await history.append(samples);
          // Only after the commit may anybody act on them.
          image.apply(samples.toSorted((a, b) => a.at - b.at));
          return { stored, duplicates };
        },
      },
    };
  },
});

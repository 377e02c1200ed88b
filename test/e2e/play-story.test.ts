import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { animate } from './apng.ts';
import { PATIENCE, runningDemo } from './running-demo.ts';
import { visit } from './visitor.ts';

/** A picture has 960 x 600 pixels; the page is laid out as on a desk. */
const SIZE = { width: 1280, height: 800 } as const;
const SCALE = 0.75;
const LIMIT = 3_000_000;
const LASTS = 20_000;
/** Between two pictures, ms. */
const EVERY = process.env.RECORD_STORY ? 250 : 1000;

const demo = runningDemo();

interface Shot {
  readonly step: number;
  readonly caption: string;
  readonly png: Buffer;
}

/** Takes pictures as long as the story is told; @returns them and how it ended */
async function film(page: Page): Promise<{ shots: Shot[]; ended: string | null; last: string }> {
  const caption = page.getByTestId('story-caption');
  const shots: Shot[] = [];
  for (;;) {
    const [step, ended, text] = await caption.evaluate(
      (element) =>
        [
          Number(element.getAttribute('data-step')),
          element.getAttribute('data-ended'),
          element.querySelector('p')?.textContent ?? '',
        ] as const,
    );
    if (ended !== null) return { shots, ended, last: text };
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    shots.push({ step, caption: text, png });
    await pause(EVERY); // the time between two pictures, no wait for anything
  }
}

/** Two pictures of each caption, one in its middle and the last one; those in the middle are left out until the file is small enough. */
function cut(shots: readonly Shot[]): Buffer {
  const scenes = [...Map.groupBy(shots, (shot) => shot.step).values()];
  for (let spare = scenes.length; ; spare -= 1) {
    const frames = scenes.flatMap((scene, i) => {
      const last = scene.at(-2) ?? scene.at(-1); // the very last one may show the next caption already
      const middle = scene[Math.floor(scene.length * 0.45)];
      return last && middle && middle !== last && i < spare ? [middle, last] : last ? [last] : [];
    });
    const film = animate(frames.map(({ png }) => ({ png, ms: Math.round(LASTS / frames.length) })));
    if (film.length <= LIMIT || spare <= 0) return film;
  }
}

it('plays the whole story on the real pages, every caption to the end', { timeout: PATIENCE }, async (ctx) => {
  const { system } = demo;
  const browser = demo.browser(ctx);
  const { page, faults } = await visit(browser, system, 'dispatcher', {
    size: SIZE,
    scale: SCALE,
    language: process.env.RECORD_LANGUAGE === 'en' ? 'en' : 'zh-CN',
  });
  await page.goto(system.url);
  await page.getByTestId('play-story').click();
  await page.getByTestId('story-caption').waitFor();
  const { shots, ended, last } = await film(page);
  expect({ ended, last, faults }).toMatchObject({ ended: 'told', faults: [] });
  const scenes = new Map(shots.map((shot) => [shot.step, shot.caption]));
  expect([...scenes.keys()]).toEqual(Array.from({ length: scenes.size }, (_, i) => i + 1));
  expect(new Set(scenes.values()).size).toBe(scenes.size);
  const steps = await page.getByTestId('story-caption').locator('.step').textContent();
  expect(steps?.replaceAll(' ', '')).toBe(`${scenes.size}/${scenes.size}`);
  if (process.env.RECORD_STORY) await writeFile(process.env.RECORD_STORY, cut(shots));
});

import { useSyncExternalStore } from 'react';
import type { Text } from '#domain/text.ts';
import { browserStage, Control } from './stage.ts';
import { play, StoryStopped, type StoryView } from './story.ts';

export interface Playing {
  readonly view: StoryView;
  readonly paused: boolean;
  /** Set when it ended: with the story told, or with why it could not go on. */
  readonly ended?: 'told' | { readonly why: Text };
}

let playing: Playing | undefined;
let control: Control | undefined;
const listeners = new Set<() => void>();

function set(next: Playing | undefined): void {
  playing = next;
  for (const listener of listeners) listener();
}

/** Plays outside of React, so that it outlives the change of persons and pages. */
export async function startStory(become: (persona: string) => Promise<void>): Promise<void> {
  if (control) return;
  control = new Control();
  try {
    await play(browserStage(control, become), (view) => set({ view, paused: false }));
    if (playing) set({ ...playing, ended: 'told' });
  } catch (error) {
    const why: Text =
      error instanceof StoryStopped
        ? error.text
        : { zh: error instanceof Error ? error.message : String(error), en: error instanceof Error ? error.message : String(error) };
    if (playing) set({ ...playing, ended: { why } });
  } finally {
    for (const lit of document.querySelectorAll('.spot')) lit.classList.remove('spot');
    control = undefined;
  }
}

export function pauseStory(): void {
  control?.toggle();
  if (playing && control) set({ ...playing, paused: control.paused });
}

export function stopStory(): void {
  control?.stop();
  set(undefined);
}

/** Whether the story is being told, without rendering. */
export const playingNow = (): boolean => control !== undefined;

export const usePlaying = (): Playing | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => playing,
  );

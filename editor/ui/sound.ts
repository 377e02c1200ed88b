import { useSyncExternalStore } from 'react';

/** `off` before the shift is taken, `blocked` when the browser holds the tones back. */
export type SoundState = 'off' | 'armed' | 'silenced' | 'blocked' | 'missing';

/** Tones of a priority: frequency and length of each beep, and the pause to the next round; 4 is silent. */
const TONES: Readonly<Record<number, { readonly beeps: readonly (readonly [hz: number, ms: number])[]; readonly every: number }>> = {
  1: {
    beeps: [
      [988, 140],
      [740, 140],
      [988, 140],
      [740, 140],
    ],
    every: 1400,
  },
  2: {
    beeps: [
      [740, 260],
      [587, 260],
    ],
    every: 3000,
  },
  3: { beeps: [[587, 220]], every: 8000 },
};

class Sound {
  #context: AudioContext | undefined;
  #armed = false;
  #silenced = false;
  #priority = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  // An acknowledgement or silence in one window silences all windows of this browser.
  readonly #channel = new BroadcastChannel('nuanliu.sound');

  constructor() {
    this.#channel.addEventListener('message', () => this.#setSilenced(true));
  }

  get state(): SoundState {
    if (typeof AudioContext === 'undefined') return 'missing';
    if (!this.#armed) return 'off';
    if (this.#context?.state === 'suspended') return 'blocked';
    return this.#silenced ? 'silenced' : 'armed';
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Takes the shift: this click is the gesture that the browser asks for; a test tone proves that it is heard. */
  async arm(): Promise<void> {
    if (typeof AudioContext === 'undefined') return;
    this.#context ??= new AudioContext();
    this.#context.addEventListener('statechange', () => this.#tell());
    await this.#context.resume();
    this.#armed = true;
    this.#tell();
    this.test();
    this.#restart();
  }

  disarm(): void {
    this.#armed = false;
    clearTimeout(this.#timer);
    this.#tell();
  }

  test(): void {
    this.#play([
      [523, 120],
      [659, 120],
      [784, 200],
    ]);
  }

  silence(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target origin
    this.#channel.postMessage('silence');
    this.#setSilenced(true);
  }

  /** Highest priority that is not acknowledged (0 = none). A new alarm ends a silence. */
  setAlarm(priority: number, isNew: boolean): void {
    if (isNew) this.#silenced = false;
    const changed = priority !== this.#priority || isNew;
    this.#priority = priority;
    if (priority === 0) this.#silenced = false;
    if (changed) this.#restart();
    this.#tell();
  }

  #setSilenced(silenced: boolean): void {
    this.#silenced = silenced;
    if (silenced) clearTimeout(this.#timer);
    this.#tell();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    const tone = TONES[this.#priority];
    if (!this.#armed || this.#silenced || !tone) return;
    const round = (): void => {
      this.#play(tone.beeps);
      this.#timer = setTimeout(round, tone.every);
    };
    round();
  }

  #play(beeps: readonly (readonly [number, number])[]): void {
    const context = this.#context;
    if (!context) return;
    let at = context.currentTime + 0.02;
    for (const [hz, ms] of beeps) {
      const oscillator = context.createOscillator();
      const gain = context.createGain();
      oscillator.type = 'triangle';
      oscillator.frequency.value = hz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.25, at + 0.01);
      gain.gain.setValueAtTime(0.25, at + ms / 1000 - 0.02);
      gain.gain.linearRampToValueAtTime(0, at + ms / 1000);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(at);
      oscillator.stop(at + ms / 1000);
      at += ms / 1000 + 0.03;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const sound = new Sound();
export const useSound = (): SoundState => useSyncExternalStore(sound.subscribe, () => sound.state);

/** Waits before each further attempt, ms: a server that restarts is back well within their sum. */
const WAITS: readonly number[] = [300, 600, 1200, 2500, 5000, 5000, 5000];

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * A part of the program that is fetched when needed is fetched again when that failed: the server may just be restarting, and React
 * would keep the failure for as long as the page lives. Rejects with the last failure when every attempt failed.
 */
export const again =
  <T>(load: () => Promise<T>, wait: (ms: number) => Promise<void> = pause): (() => Promise<T>) =>
  async () => {
    for (const ms of WAITS) {
      try {
        return await load();
      } catch {
        await wait(ms);
      }
    }
    return load();
  };

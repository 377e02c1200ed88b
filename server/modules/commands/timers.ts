/** Timers are passed in, so that tests run in virtual time. `after` gives back how to cancel. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

/** Node's longest timer is 2^31 - 1 ms; a command lives a day at most. */
export const hostTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

import { randomBytes } from 'node:crypto';
import { pino, type Logger } from 'pino';
import type { Clock } from '#domain/time.ts';
import type { Settings } from './config.ts';
import type { Ids, Log, Timers } from './services.ts';

/** The host's clocks; everything else gets its time from here. */
export const hostClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const hostTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ids sort by time (10 characters of milliseconds, base 32) and carry 60 random bits; two of one millisecond are in no order. */
export const hostIds = (clock: Clock): Ids => ({
  next() {
    let time = '';
    for (let rest = clock.now(), i = 0; i < 10; i += 1, rest = Math.floor(rest / 32)) time = (ALPHABET[rest % 32] ?? '') + time;
    return time + Array.from(randomBytes(12), (byte) => ALPHABET[byte % 32]).join('');
  },
  secret: (bytes) => randomBytes(bytes).toString('base64url'),
});

const REDACTED = [
  'password',
  '*.password',
  'secret',
  '*.secret',
  'token',
  '*.token',
  'cookie',
  '*.cookie',
  'authorization',
  '*.authorization',
];

/** The program's log: one JSON object a line on stderr, secrets removed. */
export function hostLog(settings: Pick<Settings, 'log'>, program: string): Logger & Log {
  return pino(
    { level: settings.log.level, base: { program }, redact: REDACTED, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { parseTopic } from './codec.ts';

/** What a connected client may do. Everything else is refused. */
export interface Access {
  /** Packets a second before it is slowed down. */
  readonly rate: number;
  publish(topic: string, retain: boolean): boolean;
  subscribe(filter: string): boolean;
}

/** A device, a gateway of devices, or a reader of device topics (a broker node of a flow). */
export interface DeviceCredential {
  readonly secret: string;
  /** Roots that are its own: `dh/v1/E01/weather/WX001`. */
  readonly owns: readonly string[];
  /** Filters that it may subscribe, literally: `dh/v1/E01/weather/+/telemetry`. */
  readonly reads?: readonly string[];
}

export interface AccessRules {
  /** True if this is the runtime's own secret. */
  readonly verifyRuntime: (runtime: string, secret: string) => boolean;
  readonly device?: (user: string) => DeviceCredential | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Compares in constant time. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Own topics of a runtime (api.md, MQTT). */
const runtimeAccess = (name: string): Access => ({
  rate: 5000,
  publish: (topic, retain) => {
    const parsed = parseTopic(topic);
    return !retain && parsed?.runtime === name && ['batch', 'cmdack', 'hello'].includes(parsed.kind);
  },
  subscribe: (filter) => {
    const parsed = parseTopic(filter);
    return parsed?.runtime === name && ['ack', 'cmd', 'deployment'].includes(parsed.kind);
  },
});

const PUBLISHED = ['telemetry', 'event', 'status', 'cmdack'];

/** Own topics of a device: only its state may be retained, so that a will can take it back (plant.md). */
const deviceAccess = ({ owns, reads }: DeviceCredential): Access => ({
  rate: 100 * Math.max(1, owns.length),
  publish: (topic, retain) => owns.some((root) => PUBLISHED.some((leaf) => topic === `${root}/${leaf}` && (!retain || leaf === 'status'))),
  subscribe: (filter) => owns.some((root) => filter === `${root}/cmd`) || (reads ?? []).includes(filter),
});

const RUNTIME_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Who logs in: the user name must be the client id (security.md 2.4). Undefined = refused. */
export function accessOf(
  rules: AccessRules,
  clientId: string,
  user: string | undefined,
  password: Uint8Array | undefined,
): Access | undefined {
  if (user === undefined || password === undefined || user !== clientId) return undefined;
  const secret = Buffer.from(password).toString('utf8');
  const device = rules.device?.(user);
  if (device) return sameSecret(device.secret, secret) ? deviceAccess(device) : undefined;
  return RUNTIME_NAME.test(user) && rules.verifyRuntime(user, secret) ? runtimeAccess(user) : undefined;
}

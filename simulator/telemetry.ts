import type { MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import { STATIONS } from './layout.ts';
import type { Plant } from './plant.ts';
import { MQTT_TOPICS } from './register-map.ts';

export interface TelemetryOptions {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly now: () => number;
}

interface Meter {
  readonly topic: string;
  readonly id: string;
  readonly codes: readonly string[];
  readonly every: number;
  readonly decimals: number;
  seq: number;
  due: number;
}

const HOUSEHOLD_EVERY = 60_000;
const WEATHER_EVERY = 10_000;
const RETRY_FIRST = 1000;
const RETRY_MOST = 30_000;

function meters(now: number): Meter[] {
  const homes = STATIONS.flatMap((station) => station.units.flatMap((unit) => unit.households));
  return [
    { topic: MQTT_TOPICS.weather, id: 'WX001', codes: ['AT', 'AH', 'WS', 'WD', 'SR'], every: WEATHER_EVERY, decimals: 2, seq: 0, due: now },
    // Spread over the minute, as real meters report.
    ...homes.map(({ id }, index) => ({
      topic: MQTT_TOPICS.household(id),
      id,
      codes: ['RT', 'UT_S', 'UT_R', 'UHE_T'],
      every: HOUSEHOLD_EVERY,
      decimals: 2,
      seq: 0,
      due: now + (index * HOUSEHOLD_EVERY) / homes.length,
    })),
  ];
}

/** The gateway of weather station and household meters: publishes to a broker that may come late, go and come back. */
export class Telemetry {
  readonly #plant: Plant;
  readonly #client: MqttClient;
  readonly #now: () => number;
  readonly #meters: Meter[];
  #first = true;

  constructor(plant: Plant, options: TelemetryOptions) {
    this.#plant = plant;
    this.#now = options.now;
    this.#meters = meters(options.now());
    this.#client = connect(options.url, {
      protocolVersion: 4,
      clean: true,
      connectTimeout: 5000,
      reconnectPeriod: RETRY_FIRST,
      keepalive: 30,
      ...(options.user === undefined ? {} : { username: options.user, clientId: options.user }),
      ...(options.password === undefined ? {} : { password: options.password }),
      will: { topic: MQTT_TOPICS.status, payload: Buffer.from(JSON.stringify({ ts: options.now(), online: false })), qos: 1, retain: true },
    });
    this.#client.on('connect', () => this.#connected());
    this.#client.on('close', () => this.#backOff());
    // An unreachable broker is expected; the client tries again for ever.
    this.#client.on('error', () => undefined);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  #connected(): void {
    this.#client.options.reconnectPeriod = RETRY_FIRST;
    this.#publish(MQTT_TOPICS.status, { ts: this.#now(), online: true }, true);
    if (!this.#first) return;
    this.#first = false;
    // After the first connection every meter reports at once, so that nobody waits a minute for a value.
    for (const meter of this.#meters) this.#report(meter);
  }

  #backOff(): void {
    this.#client.options.reconnectPeriod = Math.min(RETRY_MOST, (this.#client.options.reconnectPeriod ?? RETRY_FIRST) * 2);
  }

  #publish(topic: string, payload: unknown, retain = false): void {
    // QoS 1; what a closing connection loses, a meter sends again with its next report.
    this.#client.publish(topic, JSON.stringify(payload), { qos: 1, retain }, () => undefined);
  }

  #report(meter: Meter): void {
    if (this.#plant.faults.has('comms-loss', 'WX001')) return;
    const skew = (this.#plant.faults.find('clock-skew', 'WX001')?.size ?? 0) * 1000;
    const v: Record<string, number> = {};
    for (const code of meter.codes) {
      const value = this.#plant.tags.get(`${meter.id}.${code}`);
      if (typeof value === 'number') v[code] = Number(value.toFixed(meter.decimals));
    }
    meter.seq += 1;
    this.#publish(meter.topic, { ts: this.#now() + skew, seq: meter.seq, q: 'good', v });
  }

  /** Sends what is due; without a connection nothing is kept, the next report tells the newest value. */
  tick(): void {
    const now = this.#now();
    for (const meter of this.#meters) {
      if (meter.due > now) continue;
      meter.due = Math.max(meter.due + meter.every, now);
      if (this.#client.connected) this.#report(meter);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#client.connected) {
      const farewell = this.#client
        .publishAsync(MQTT_TOPICS.status, JSON.stringify({ ts: this.#now(), online: false }), { qos: 1, retain: true })
        .catch(() => undefined);
      await Promise.race([farewell, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    }
    await this.#client.endAsync(true);
  }
}

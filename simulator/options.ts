import { parseArgs } from 'node:util';
import { SPEED_MAX, SPEED_MIN } from './api.ts';
import { Refusal } from './refusal.ts';
import { isScenario, SCENARIOS } from './scenario.ts';

export interface SimulatorOptions {
  /** Ports on 127.0.0.1; 0 = any free one. */
  readonly modbusPort: number;
  readonly opcuaPort: number;
  readonly apiPort: number;
  /** Folder for certificates and the plant's memory. */
  readonly data: string;
  readonly seed: number;
  /** Plant seconds per wall second, 1..600. */
  readonly speed: number;
  /** Broker; without it nothing is published. */
  readonly mqtt?: string;
  readonly mqttUser?: string;
  readonly mqttPassword?: string;
  readonly scenario?: string;
}

export const USAGE = `Usage: simulator [--modbus-port 15020] [--opcua-port 14840] [--api-port 8090] [--data ./data/simulator]
  [--mqtt mqtt://127.0.0.1:1883] [--mqtt-user NAME] [--seed 7] [--speed 1] [--scenario leak]
The password of the broker is taken from SIMULATOR_MQTT_PASSWORD. Port 0 is any free one; --mqtt "" publishes nothing.
Scenarios: ${Object.keys(SCENARIOS).join(', ')}.`;

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new Refusal('SIM_OPTION_INVALID', 400, `--${name} must be a whole number from ${min} to ${max}, not "${text}"`, `--${name}`);
  }
  return value;
}

function broker(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(url.protocol)) {
    throw new Refusal('SIM_OPTION_INVALID', 400, `--mqtt must be an address like mqtt://127.0.0.1:1883, not "${text}"`, '--mqtt');
  }
  return text;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      options: {
        'modbus-port': { type: 'string', default: '15020' },
        'opcua-port': { type: 'string', default: '14840' },
        'api-port': { type: 'string', default: '8090' },
        mqtt: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
        'mqtt-user': { type: 'string' },
        data: { type: 'string', default: './data/simulator' },
        seed: { type: 'string', default: '7' },
        speed: { type: 'string', default: '1' },
        scenario: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Refusal('SIM_OPTION_INVALID', 400, error instanceof Error ? error.message : 'invalid options');
  }
}

/** Options of the command line, or 'help'; refuses what is out of range or unknown. */
export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): SimulatorOptions | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const { scenario } = values;
  if (scenario !== undefined && !isScenario(scenario)) {
    throw new Refusal('SIM_OPTION_INVALID', 400, `--scenario: there is no "${scenario}"`, '--scenario');
  }
  const password = env.SIMULATOR_MQTT_PASSWORD;
  return {
    modbusPort: integer('modbus-port', values['modbus-port'], 0, 65_535),
    opcuaPort: integer('opcua-port', values['opcua-port'], 0, 65_535),
    apiPort: integer('api-port', values['api-port'], 0, 65_535),
    data: values.data,
    seed: integer('seed', values.seed, 0, 2 ** 31),
    speed: integer('speed', values.speed, SPEED_MIN, SPEED_MAX),
    ...(values.mqtt === '' ? {} : { mqtt: broker(values.mqtt) }),
    ...(values['mqtt-user'] === undefined ? {} : { mqttUser: values['mqtt-user'] }),
    ...(password === undefined ? {} : { mqttPassword: password }),
    ...(scenario === undefined ? {} : { scenario }),
  };
}

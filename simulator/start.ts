import { Api } from './api.ts';
import type { Controls } from './api.ts';
import { STATIONS } from './layout.ts';
import { Memory, SAVE_EVERY } from './memory.ts';
import { StationDevice } from './modbus/station-device.ts';
import type { LineFault } from './modbus/server.ts';
import { ModbusServer } from './modbus/server.ts';
import { OpcUaServer } from './opcua-server.ts';
import type { SimulatorOptions } from './options.ts';
import { createRandom } from './physics/random.ts';
import { Plant } from './plant.ts';
import { Scenario } from './scenario.ts';
import { Telemetry } from './telemetry.ts';

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  readonly ports: { readonly modbus: number; readonly opcua: number; readonly api: number };
  readonly plant: Plant;
  readonly controls: Controls;
}

const HOST = '127.0.0.1';
/** Wall time between two steps; at x1 every value lives once a second. */
const TICK = 1000;
/** A suspended machine does not catch up more than this, s. */
const CATCH_UP = 5;

function lineOf(plant: Plant, unit: number): LineFault {
  const { faults } = plant;
  const id = STATIONS[unit - 1]?.id;
  if (id === undefined || faults.list().length === 0) return {};
  const exception = faults.find('modbus-exception', id)?.size;
  const slow = faults.find('slow', id)?.size;
  return {
    silent: faults.has('comms-loss', id),
    garbage: faults.has('garbage', id),
    ...(slow === undefined ? {} : { delay: slow * 1000 }),
    ...(exception === undefined ? {} : { exception: Math.round(exception) }),
  };
}

async function serve(stack: AsyncDisposableStack, controls: Controls, options: SimulatorOptions): Promise<Simulator['ports']> {
  const { plant, now } = controls;
  const devices = new Map(STATIONS.map((station) => [station.number, new StationDevice(plant, station.id, now)]));
  const random = createRandom(options.seed + 1);
  const opcua = stack.use(await OpcUaServer.start(plant, { host: HOST, port: options.opcuaPort, folder: options.data, now }));
  const modbus = stack.use(
    await ModbusServer.start({
      host: HOST,
      port: options.modbusPort,
      devices,
      line: (unit) => lineOf(plant, unit),
      uniform: () => random.uniform(),
    }),
  );
  const api = stack.use(await Api.start(controls, options.apiPort));
  return { modbus: modbus.port, opcua: opcua.port, api: api.port };
}

/** Physics against the wall clock: one step a second, everything due after it. */
function run(stack: AsyncDisposableStack, controls: Controls, memory: Memory, telemetry: Telemetry | undefined): void {
  const { plant, scenario, now } = controls;
  let last = performance.now();
  let savedAt = last;
  const timer = setInterval(() => {
    const at = performance.now();
    plant.advance(Math.min(CATCH_UP, (at - last) / 1000) * controls.speed, now());
    last = at;
    scenario.play();
    telemetry?.tick();
    if (at - savedAt < SAVE_EVERY / Math.min(8, controls.speed)) return;
    savedAt = at;
    try {
      memory.save(plant, now());
    } catch (error) {
      // A full disk costs the counters some seconds after a restart, not the plant; the next round tries again.
      process.emitWarning(`plant memory not written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }, TICK);
  stack.defer(() => {
    clearInterval(timer);
    memory.save(plant, now());
  });
}

/** Starts the plant and its servers, all on 127.0.0.1. Dispose it to close every port; the plant's memory stays in `data`. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  await using stack = new AsyncDisposableStack();
  const now = (): number => Date.now();
  const plant = new Plant({ seed: options.seed, wall: now() });
  const memory = new Memory(options.data);
  memory.load(plant, now());
  plant.show(now());
  plant.onChange = () => memory.save(plant, now());
  const controls: Controls = { plant, scenario: new Scenario(plant), speed: options.speed, now };
  if (options.scenario !== undefined) controls.scenario.start(options.scenario);
  const ports = await serve(stack, controls, options);
  const telemetry =
    options.mqtt === undefined
      ? undefined
      : stack.use(
          new Telemetry(plant, {
            url: options.mqtt,
            now,
            ...(options.mqttUser === undefined ? {} : { user: options.mqttUser }),
            ...(options.mqttPassword === undefined ? {} : { password: options.mqttPassword }),
          }),
        );
  run(stack, controls, memory, telemetry);
  const owned = stack.move();
  return { ports, plant, controls, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

import { pid } from './control/pid.node.ts';
import { weatherCurveNode } from './control/weather-curve.node.ts';
import { quality } from './data/quality.node.ts';
import { tagIn } from './data/tag-in.node.ts';
import { tagOut } from './data/tag-out.node.ts';
import { toPlatform } from './data/to-platform.node.ts';
import type { PaletteNode } from './define.ts';
import { modbusDevice } from './modbus/modbus-device.node.ts';
import { modbusRead } from './modbus/modbus-read.node.ts';
import { modbusWrite } from './modbus/modbus-write.node.ts';
import { mqttBroker } from './mqtt/mqtt-broker.node.ts';
import { mqttSubscribe } from './mqtt/mqtt-subscribe.node.ts';
import { stationMeter } from './mqtt/station-meter.node.ts';
import { opcuaDevice } from './opcua/opcua-device.node.ts';
import { opcuaSubscribe } from './opcua/opcua-subscribe.node.ts';
import { opcuaWrite } from './opcua/opcua-write.node.ts';

/** The palette: adding a node is one file and one line here. */
export const palette: readonly PaletteNode[] = [
  modbusDevice,
  opcuaDevice,
  mqttBroker,
  modbusRead,
  modbusWrite,
  opcuaSubscribe,
  opcuaWrite,
  mqttSubscribe,
  stationMeter,
  weatherCurveNode,
  pid,
  tagIn,
  tagOut,
  quality,
  toPlatform,
];

/** Node-RED's own types that may be deployed beside ours: none of them runs code, opens a file or a socket. */
export const CORE_TYPES: readonly string[] = [
  'tab',
  'group',
  'junction',
  'comment',
  'link in',
  'link out',
  'link call',
  'inject',
  'debug',
  'catch',
  'status',
  'complete',
];

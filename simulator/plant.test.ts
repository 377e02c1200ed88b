import { beforeEach, describe, expect, it } from 'vitest';
import { pulse, writeSetpoint } from './commands.ts';
import { DOCUMENTED_TAGS, Plant } from './plant.ts';
import { Scenario } from './scenario.ts';

const WALL = Date.UTC(2026, 10, 21, 4, 30);
const UNIT = 'STA007.UNT02';

let plant: Plant;
let wall: number;
const number = (tag: string): number => {
  const value = plant.tags.get(tag);
  if (typeof value !== 'number') throw new Error(`${tag} is no number`);
  return value;
};
/** Lets plant time pass in steps of 10 s, the wall clock with it. */
const pass = (seconds: number): void => {
  for (let s = 0; s < seconds; s += 10) {
    wall += 10_000;
    plant.advance(10, wall);
  }
};

beforeEach(() => {
  plant = new Plant({ seed: 7, wall: WALL });
  wall = WALL;
});

describe('the plant', () => {
  it('shows every tag that its documentation names', () => {
    expect(DOCUMENTED_TAGS.filter((tag) => !plant.tags.has(tag))).toEqual([]);
  });
  it('repeats itself with the same seed and differs with another', () => {
    const other = new Plant({ seed: 7, wall: WALL });
    const third = new Plant({ seed: 8, wall: WALL });
    pass(60);
    for (let s = 0; s < 60; s += 10) for (const one of [other, third]) one.advance(10, wall);
    expect(other.tags).toEqual(new Map(plant.tags).set('STA001.HB', other.tags.get('STA001.HB') ?? 0));
    expect(third.tags.get('STA001.1T_S')).not.toBe(plant.tags.get('STA001.1T_S'));
  });
  it('starts without transients: one hour later nothing has moved much', () => {
    const before = new Map(plant.tags);
    pass(3600);
    for (const id of ['STA001.UNT01', 'STA005.UNT02', 'STA008.UNT01']) {
      expect(Math.abs(number(`${id}.2T_S`) - Number(before.get(`${id}.2T_S`)))).toBeLessThan(3);
      expect(Math.abs(number(`${id}.2T_S`) - number(`${id}.2T_SP`))).toBeLessThan(0.5);
      expect(Math.abs(number(`${id}.2P_S`) - Number(before.get(`${id}.2P_S`)))).toBeLessThan(0.02);
    }
  });
  it('balances heat: what leaves the source arrives, but for the loss of the pipes', () => {
    pass(1800);
    for (const station of plant.stations) {
      const units = station.units[0].heat + station.units[1].heat;
      expect(number(`${station.design.id}.1HE_I`) * 1e6).toBeGreaterThan(units * 0.97);
      expect(number(`${station.design.id}.1HE_I`) * 1e6).toBeLessThan(units * 1.03);
    }
    expect(number('SRC001.CHP01.HE_I') + number('SRC001.BLR01.HE_I') + number('SRC001.BLR02.HE_I')).toBeCloseTo(number('SRC001.HE_I'), -1);
  });
  it('counts upwards only', () => {
    const before = new Map(plant.totals);
    plant.faults.add({ kind: 'power-failure', target: 'SRC001' }, plant.age);
    pass(1800);
    for (const [tag, total] of plant.totals) expect(total).toBeGreaterThanOrEqual(before.get(tag) ?? Number.POSITIVE_INFINITY);
    expect(plant.totals.get(`${UNIT}.2FL_T`)).toBeGreaterThan(before.get(`${UNIT}.2FL_T`) ?? 0);
  });
});

describe('leak and branch valve', () => {
  it('shows in the make-up within 10 s and ends when the branch valve is shut', () => {
    pass(60);
    const pressure = number(`${UNIT}.2P_S`);
    expect(number(`${UNIT}.MK_FI`)).toBeLessThan(0.32);
    plant.faults.add({ kind: 'leak-secondary', target: UNIT }, plant.age);
    pass(10);
    expect(number(`${UNIT}.MK_FI`)).toBeGreaterThan(2.1);
    expect(number(`${UNIT}.2P_S`)).toBeLessThan(pressure - 0.03);
    expect(number('STA007.UNT01.MK_FI')).toBeLessThan(0.32);

    expect(writeSetpoint(plant, `${UNIT}.BV_SP`, 0, wall)).toBe('done');
    pass(60);
    expect(number(`${UNIT}.BV_PO`)).toBe(0);
    expect(number(`${UNIT}.MK_FI`)).toBeLessThan(0.32);
    expect(number(`${UNIT}.2P_S`)).toBeGreaterThan(pressure - 0.005);
    // No heat goes to the buildings, nothing leaves its limits.
    const room = plant.unit(UNIT)?.buildings[0]?.room ?? 0;
    const heat = number(`${UNIT}.2HE_T`);
    pass(3 * 3600);
    expect(plant.unit(UNIT)?.buildings[0]?.room).toBeLessThan(room - 1);
    expect(number(`${UNIT}.2HE_T`) - heat).toBeLessThan(0.5);
    expect(number(`${UNIT}.2P_S`)).toBeLessThan(0.6);
    expect(number(`${UNIT}.CV_PO`)).toBeGreaterThan(5);
    expect(number(`${UNIT}.2T_S`)).toBeLessThan(65);
  });
  it('trips the circulation pump when a burst empties the network', () => {
    plant.faults.add({ kind: 'burst-secondary', target: UNIT }, plant.age);
    pass(60);
    expect(number(`${UNIT}.MK_FI`)).toBeGreaterThan(7);
    expect(plant.tags.get(`${UNIT}.CP_RUN`)).toBe(false);
    expect(number(`${UNIT}.2P_R`)).toBeLessThan(0.05);
  });
  it('comes by the scenario after 25 s, and reset repairs everything', () => {
    const scenario = new Scenario(plant);
    scenario.start('leak');
    pass(20);
    scenario.play();
    expect(plant.faults.list()).toEqual([]);
    pass(10);
    scenario.play();
    expect(plant.faults.list()).toMatchObject([{ kind: 'leak-secondary', target: UNIT, size: 2.6 }]);
    pass(10);
    scenario.play();
    expect(plant.faults.list()).toHaveLength(1);
    expect(number(`${UNIT}.MK_FI`)).toBeGreaterThan(2.2);
    writeSetpoint(plant, `${UNIT}.BV_SP`, 0, wall);
    scenario.start('reset');
    pass(60);
    expect(number(`${UNIT}.BV_PO`)).toBe(100);
    expect(number(`${UNIT}.MK_FI`)).toBeLessThan(0.32);
  });
});

describe('modes of the controller', () => {
  it('holds a written setpoint until MODE 0 is written', () => {
    expect(writeSetpoint(plant, `${UNIT}.2T_SP`, 45, wall)).toBe('done');
    pass(3600);
    expect(Math.abs(number(`${UNIT}.2T_S`) - 45)).toBeLessThan(0.5);
    expect(writeSetpoint(plant, `${UNIT}.MODE`, 0, wall)).toBe('done');
    pass(10);
    expect(number(`${UNIT}.2T_SP`)).toBeGreaterThan(46);
  });
  it('moves the valve in manual at its travel speed and takes over without a bump', () => {
    expect(writeSetpoint(plant, `${UNIT}.CV_SP`, 30, wall)).toBe('mode');
    const before = number(`${UNIT}.CV_SP`);
    writeSetpoint(plant, `${UNIT}.MODE`, 1, wall);
    pass(60);
    expect(Math.abs(number(`${UNIT}.CV_PO`) - before)).toBeLessThan(0.5);
    writeSetpoint(plant, `${UNIT}.CV_SP`, before - 40, wall);
    pass(30);
    expect(number(`${UNIT}.CV_PO`)).toBeCloseTo(before - 25, 0);
    pass(30);
    expect(number(`${UNIT}.CV_PO`)).toBeCloseTo(before - 40, 0);
  });
  it('gives the valve back to its own loop after 5 minutes of a silent platform, and to the platform when that writes again', () => {
    writeSetpoint(plant, `${UNIT}.MODE`, 2, wall);
    writeSetpoint(plant, `${UNIT}.CV_SP`, 20, wall);
    pass(290);
    expect(number(`${UNIT}.CV_PO`)).toBeCloseTo(20, 0);
    expect(number(`${UNIT}.2T_S`)).toBeLessThan(number(`${UNIT}.2T_SP`) - 5);
    pass(1800);
    expect(number(`${UNIT}.2T_S`)).toBeCloseTo(number(`${UNIT}.2T_SP`), 0);
    expect(number(`${UNIT}.MODE`)).toBe(2);
    writeSetpoint(plant, `${UNIT}.CV_SP`, 20, wall);
    pass(120);
    expect(number(`${UNIT}.CV_PO`)).toBeCloseTo(20, 0);
  });
  it('refuses writes while it is switched to local at the cabinet', () => {
    const { id } = plant.faults.add({ kind: 'local-mode', target: UNIT }, plant.age);
    pass(10);
    expect(number(`${UNIT}.MODE`)).toBe(3);
    expect(writeSetpoint(plant, `${UNIT}.BV_SP`, 0, wall)).toBe('mode');
    expect(writeSetpoint(plant, `${UNIT}.MODE`, 2, wall)).toBe('mode');
    plant.faults.remove(id);
    pass(10);
    expect(number(`${UNIT}.MODE`)).toBe(0);
  });
  it.each([
    ['BV_SP', 101, 'range'],
    ['BV_SP', Number.NaN, 'range'],
    ['MODE', 3, 'range'],
    ['MODE', 1.5, 'range'],
    ['2T_S', 50, 'unknown'],
  ] as const)('refuses %s = %d', (code, value, expected) => {
    expect(writeSetpoint(plant, `${UNIT}.${code}`, value, wall)).toBe(expected);
  });
});

describe('drives', () => {
  it('stops everything of a station, latched, and starts again 5 s after the reset', () => {
    expect(pulse(plant, 'STA007', 'UNT01.ESTOP')).toBe(true);
    expect(plant.tags.get('STA007.STOPPED')).toBe(true);
    pass(60);
    for (const unit of ['STA007.UNT01', UNIT]) {
      expect(plant.tags.get(`${unit}.CP_RUN`)).toBe(false);
      expect(plant.tags.get(`${unit}.MP_RUN`)).toBe(false);
      expect(number(`${unit}.CP_HZ`)).toBeLessThan(0.2);
      expect(number(`${unit}.CV_PO`)).toBeLessThan(0.3);
    }
    expect(plant.tags.get('STA006.UNT01.CP_RUN')).toBe(true);
    pulse(plant, 'STA007', 'UNT02.PUMP_START');
    pass(30);
    expect(plant.tags.get(`${UNIT}.CP_RUN`)).toBe(false);
    pulse(plant, 'STA007', 'UNT02.RESET');
    expect(plant.tags.get('STA007.STOPPED')).toBe(false);
    pass(3600);
    expect(plant.tags.get(`${UNIT}.CP_RUN`)).toBe(true);
    expect(number(`${UNIT}.2T_S`)).toBeCloseTo(number(`${UNIT}.2T_SP`), 0);
  });
  it('starts and stops a pump by its coils; without circulation the valve shuts', () => {
    pulse(plant, 'STA007', 'UNT02.PUMP_STOP');
    pass(200);
    expect(plant.tags.get(`${UNIT}.CP_RUN`)).toBe(false);
    expect(number(`${UNIT}.CV_PO`)).toBeLessThan(0.3);
    pulse(plant, 'STA007', 'UNT02.PUMP_START');
    pass(60);
    expect(plant.tags.get(`${UNIT}.CP_RUN`)).toBe(true);
    expect(pulse(plant, 'STA007', 'UNT03.ESTOP')).toBe(false);
  });
  it('holds the valve in a power failure', () => {
    const before = number(`${UNIT}.CV_PO`);
    plant.faults.add({ kind: 'power-failure', target: 'STA007' }, plant.age);
    pass(300);
    expect(plant.tags.get('STA007.PWR')).toBe(false);
    expect(number(`${UNIT}.CP_HZ`)).toBeLessThan(0.2);
    expect(Math.abs(number(`${UNIT}.CV_PO`) - before)).toBeLessThan(1);
  });
  it('covers a tripped CHP unit with the boilers, less than whole', () => {
    plant.faults.add({ kind: 'chp-trip', target: 'SRC001.CHP01' }, plant.age);
    pass(60);
    expect(number('SRC001.CHP01.P_EL')).toBeLessThan(1);
    pass(3600);
    expect(number('SRC001.T_S')).toBeLessThan(100);
  });
  it('hunts with four times the gain and not without', () => {
    const swing = (): number => {
      const positions = Array.from({ length: 30 }, () => {
        pass(10);
        return number(`${UNIT}.CV_PO`);
      });
      return Math.max(...positions) - Math.min(...positions);
    };
    expect(swing()).toBeLessThan(1);
    plant.faults.add({ kind: 'valve-hunting', target: UNIT }, plant.age);
    pass(300);
    expect(swing()).toBeGreaterThan(3);
  });
  it('freezes a stuck valve and lets fouling cost heat transfer', () => {
    plant.faults.add({ kind: 'valve-stuck', target: UNIT }, plant.age);
    const before = number(`${UNIT}.CV_PO`);
    writeSetpoint(plant, `${UNIT}.2T_SP`, 40, wall);
    pass(600);
    expect(Math.abs(number(`${UNIT}.CV_PO`) - before)).toBeLessThan(0.5);
    expect(number(`${UNIT}.CV_SP`)).toBeLessThan(before - 3);
    const other = 'STA003.UNT01';
    const clean = number(`${other}.CV_PO`) - number('STA004.UNT01.CV_PO');
    plant.faults.add({ kind: 'fouling', target: other, size: 60 }, plant.age - 15 * 86_400);
    pass(1200);
    expect(number(`${other}.CV_PO`) - number('STA004.UNT01.CV_PO')).toBeGreaterThan(clean + 2);
  });
});

describe('sensors', () => {
  const tag = 'STA002.UNT01.2T_S';
  const values = (count: number): number[] =>
    Array.from({ length: count }, () => {
      plant.advance(1, wall);
      return number(tag);
    });
  it('live: noise changes the value every second', () => {
    expect(new Set(values(10)).size).toBe(10);
  });
  it('stuck holds, spike is one value, drift runs away, noise spreads', () => {
    const { id } = plant.faults.add({ kind: 'sensor-stuck', target: tag }, plant.age);
    expect(new Set(values(5)).size).toBe(1);
    plant.faults.remove(id);
    plant.faults.add({ kind: 'sensor-spike', target: tag }, plant.age);
    const spiked = values(4);
    expect(spiked.filter((value) => value > 100)).toHaveLength(1);
    expect(plant.faults.list()).toEqual([]);
    plant.faults.add({ kind: 'sensor-noise', target: tag, size: 100, seconds: 30 }, plant.age);
    const noisy = values(29);
    expect(Math.max(...noisy) - Math.min(...noisy)).toBeGreaterThan(5);
    values(2);
    expect(plant.faults.list()).toEqual([]);
    const before = number(tag);
    plant.faults.add({ kind: 'sensor-drift', target: tag, size: 48 }, plant.age);
    pass(3600);
    expect(number(tag) - (plant.unit('STA002.UNT01')?.supply ?? 0)).toBeCloseTo(2, 0);
    expect(before).toBeGreaterThan(0);
  });
  it.each([
    [{ kind: 'no-such', target: tag }, '/kind'],
    [{ kind: 'sensor-stuck', target: 'STA009.1T_S' }, '/target'],
    [{ kind: 'sensor-stuck', target: `${UNIT}.2T_SP` }, '/target'],
    [{ kind: 'leak-secondary', target: UNIT, size: 1000 }, '/size'],
    [{ kind: 'pump-trip', target: UNIT, size: 1 }, '/size'],
    [{ kind: 'toString', target: UNIT }, '/kind'],
  ])('refuses the fault %j at %s', (request, path) => {
    expect(() => plant.faults.add(request, 0)).toThrow(expect.objectContaining({ path }));
  });
});

import { clamp, drift, lag } from './lag.ts';
import type { Random } from './random.ts';

/** AT °C, AH %, WS m/s, WD degrees, SR W/m2. */
export interface Weather {
  readonly AT: number;
  readonly AH: number;
  readonly WS: number;
  readonly WD: number;
  readonly SR: number;
}

/** What the weather remembers from one step to the next. */
export interface WeatherState {
  /** Slow departure of the temperature from its daily course, K. */
  anomaly: number;
  /** Share of the clear-sky radiation that comes through, 0..1. */
  clouds: number;
  /** Gaussian behind the wind speed. */
  gust: number;
  /** Departure of the wind from north-west, degrees. */
  turn: number;
  /** Offset of a cold spell, K. */
  spell: number;
}

const DAY = 86_400_000;
/** The plant lives on Beijing time. */
const ZONE = 8 * 3_600_000;
const DAY_AMPLITUDE = 5;
const SUNRISE = 7;
const SUNSET = 17.3;

export const createWeather = (): WeatherState => ({ anomaly: 0, clouds: 0.65, gust: 0, turn: 0, spell: 0 });

/** Hour of the day at the plant, 0..24. */
const hourOfDay = (at: number): number => ((((at + ZONE) % DAY) + DAY) % DAY) / 3_600_000;

/**
 * The plant knows only the heating season: 15 March is followed by 15 November. Both are equally far from the coldest day.
 * Returns days from the coldest day, 15 January, in -60..60.
 */
export function dayOfSeason(at: number): number {
  const days = (at + ZONE) / DAY - 14;
  const year = 365.2425;
  const fromColdest = ((((days + year / 2) % year) + year) % year) - year / 2;
  return ((((fromColdest + 60) % 120) + 120) % 120) - 60;
}

/** Daily mean: -2 °C on the coldest day, annual amplitude 15 K. */
export const dailyMean = (at: number): number => 13 - 15 * Math.cos((2 * Math.PI * dayOfSeason(at)) / 365.2425);

/** Half-sine between sunrise and sunset, 450 W/m2 under a clear sky. */
export function radiation(hour: number, clouds: number): number {
  if (hour <= SUNRISE || hour >= SUNSET) return 0;
  return 450 * clouds * Math.sin((Math.PI * (hour - SUNRISE)) / (SUNSET - SUNRISE));
}

/** Coldest at 5 in the morning. */
export const dailyCourse = (hour: number): number => -DAY_AMPLITUDE * Math.cos((2 * Math.PI * (hour - 5)) / 24);

/** Weibull with shape 2 and mean 2.5 m/s, from a Gaussian of standard deviation 1. */
function windSpeed(gaussian: number): number {
  const share = clamp(0.5 * (1 + Math.tanh(0.8 * gaussian)), 1e-6, 1 - 1e-6);
  return (2.5 / 0.8862) * Math.sqrt(-Math.log(1 - share));
}

/**
 * Weather at plant time `at` (UTC milliseconds), `dt` seconds after the last call.
 * `random` undefined: no noise (start of the plant, acceptance). `cold`: a cold spell drives the temperature to this value, °C.
 */
export function stepWeather(state: WeatherState, at: number, dt: number, random?: Random, cold?: number): Weather {
  const hour = hourOfDay(at);
  if (random) {
    state.anomaly = drift(state.anomaly, dt, 24 * 3600, 2.5, random.normal());
    state.clouds = clamp(0.65 + drift(state.clouds - 0.65, dt, 6 * 3600, 0.15, random.normal()), 0.2, 1);
    state.gust = drift(state.gust, dt, 600, 1, random.normal());
    state.turn = drift(state.turn, dt, 3600, 40, random.normal());
  }
  const usual = dailyMean(at) + dailyCourse(hour) + state.anomaly;
  state.spell = lag(state.spell, cold === undefined ? 0 : Math.min(0, cold - usual), dt, 1800);
  const AT = clamp(usual + state.spell, -40, 45);
  return {
    AT,
    AH: clamp(58 - 3 * dailyCourse(hour) - 2 * state.anomaly, 15, 98),
    WS: windSpeed(state.gust),
    WD: (((315 + state.turn) % 360) + 360) % 360,
    SR: radiation(hour, state.clouds),
  };
}

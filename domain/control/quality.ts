import type { Quality } from '../sample.ts';

/** Checks of one tag's samples; what is left out is not checked. Values in the tag's unit. */
export interface QualityParams {
  readonly range?: readonly [number, number];
  /** Largest believable change per minute. */
  readonly ratePerMinute?: number;
  /** A value that does not move at all for this long, ms, is stuck. */
  readonly flatAfter?: number;
  /** Hampel identifier (Hampel 1974; Pearson, Mining Imperfect Data, 2005): samples in the window and threshold in scaled deviations. */
  readonly spike?: { readonly window: number; readonly sigmas: number };
}

export type Finding = 'range' | 'rate' | 'flat' | 'spike';

export interface QualityState {
  readonly last?: { readonly at: number; readonly value: number };
  /** Since when the value has not moved. */
  readonly unmovedSince?: number;
  readonly window: readonly number[];
}

export const NO_HISTORY: QualityState = { window: [] };
/** 1 / Phi^-1(3/4): turns the median absolute deviation into a standard deviation of normal noise. */
const MAD_TO_SIGMA = 1.4826;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function isSpike(spike: { readonly window: number; readonly sigmas: number }, window: readonly number[], value: number): boolean {
  if (window.length < spike.window) return false;
  const centre = median(window);
  const deviation = MAD_TO_SIGMA * median(window.map((v) => Math.abs(v - centre)));
  // A window without any spread says nothing about noise.
  return deviation > 0 && Math.abs(value - centre) > spike.sigmas * deviation;
}

/**
 * Judges one sample. Outside the range = bad; rate, flat line and spike = uncertain (a process may really do that). The quality that came with
 * the sample is never made better.
 */
export function judge(
  params: QualityParams,
  state: QualityState,
  sample: { readonly at: number; readonly value: number; readonly quality: Quality },
): { readonly quality: Quality; readonly findings: readonly Finding[]; readonly state: QualityState } {
  const { at, value } = sample;
  if (sample.quality === 'bad') return { quality: 'bad', findings: [], state };
  const findings: Finding[] = [];
  const { range } = params;
  const { last } = state;
  if (range && (value < range[0] || value > range[1])) findings.push('range');
  const minutes = last ? (at - last.at) / 60_000 : 0;
  if (params.ratePerMinute !== undefined && last && minutes > 0 && Math.abs(value - last.value) / minutes > params.ratePerMinute)
    findings.push('rate');
  const unmovedSince = last?.value === value ? (state.unmovedSince ?? last.at) : at;
  if (params.flatAfter !== undefined && at - unmovedSince >= params.flatAfter) findings.push('flat');
  if (params.spike && isSpike(params.spike, state.window, value)) findings.push('spike');
  const window = params.spike ? [...state.window, value].slice(-params.spike.window) : [];
  const quality: Quality = findings.includes('range') ? 'bad' : findings.length > 0 ? 'uncertain' : sample.quality;
  return { quality, findings, state: { last: { at, value }, unmovedSince, window } };
}

/** Rangeability of an equal percentage valve. */
const RANGEABILITY = 50;

/** Share of the full flow at `opening` %, equal percentage with R = 50; tight at 0. */
export const equalPercentage = (opening: number): number => (opening <= 0 ? 0 : RANGEABILITY ** (Math.min(100, opening) / 100 - 1));

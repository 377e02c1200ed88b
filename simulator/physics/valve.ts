/** Rangeability of an equal percentage valve. */
const RANGEABILITY = 50;

/** Share of the full flow at `opening` %, equal percentage with R = 50; tight at 0. */
export const equalPercentage = (opening: number): number => (opening <= 0 ? 0 : RANGEABILITY ** (Math.min(100, opening) / 100 - 1));

/** kg/s through a valve; `capacity` in kg/s at fully open and 1 MPa, `drop` in MPa. */
export const valveFlow = (capacity: number, opening: number, drop: number): number =>
  drop <= 0 ? 0 : capacity * equalPercentage(opening) * Math.sqrt(drop);

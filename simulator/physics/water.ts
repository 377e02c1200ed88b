/** Specific heat capacity of water, J/(kg K). */
export const HEAT_CAPACITY = 4187;
/** Standard gravity, m/s2. */
export const GRAVITY = 9.81;
/** Density of water in kg/m3 between 20 and 130 °C, within 0.2 % (fit to IAPWS-IF97 at 1 MPa). */
export const density = (celsius: number): number => 1001.7 - 0.1616 * celsius - 0.00262 * celsius * celsius;
/** t/h of kg/s. */
export const tonsPerHour = (kgPerSecond: number): number => kgPerSecond * 3.6;

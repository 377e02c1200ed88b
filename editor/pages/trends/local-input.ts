/** A moment as `datetime-local` fields want it: local time without a zone, to the minute. */
export const localInput = (at: number): string => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

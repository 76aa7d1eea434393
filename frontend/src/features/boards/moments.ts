const MINUTE = 60_000;
const LENGTHS = { hour: 60 * MINUTE, day: 24 * 60 * MINUTE, week: 7 * 24 * 60 * MINUTE, month: 30 * 24 * 60 * MINUTE };

export type Span = keyof typeof LENGTHS;
export const SPANS = Object.keys(LENGTHS) as Span[];

const STEPS = 240;

/** Where the slider begins and how far one step goes. The steps end exactly at `until`. */
export function moments(span: Span, until: number): { from: number; step: number } {
  const step = LENGTHS[span] / STEPS;
  return { from: until - STEPS * step, step };
}

/** As `as_of` takes it: whole seconds, so that moments nearby are one board and not many. */
export function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** A time as the address names it; what is none is as if it were not there. */
export function moment(text: string | undefined): string | undefined {
  return Number.isFinite(Date.parse(text ?? "")) ? text : undefined;
}

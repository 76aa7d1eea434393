import type { Schemas } from "../../lib/api";

export type Day = Schemas["DayFigures"];

const DAY_MS = 86_400_000;

function ms(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function name(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

export interface Square {
  day: string;
  submissions: number;
  /** 0: nothing, 4: as much as on the best days. */
  level: 0 | 1 | 2 | 3 | 4;
}

/** Every day from the Monday before `from` until `until`, for a calendar of weeks. */
export function calendar(days: readonly Day[], from: string, until: string): Square[] {
  const known = new Map(days.map((day) => [day.day, day.submissions]));
  const most = Math.max(1, ...known.values());
  const start = ms(from);
  const monday = start - ((new Date(start).getUTCDay() + 6) % 7) * DAY_MS;
  const squares: Square[] = [];
  for (let at = monday; at <= ms(until); at += DAY_MS) {
    const submissions = known.get(name(at)) ?? 0;
    const level = Math.ceil((4 * submissions) / most) as Square["level"];
    squares.push({ day: name(at), submissions, level });
  }
  return squares;
}

/** The curve of points as an SVG path in a field of this size: it stays level between days and ends at `until`. */
export function curve(days: readonly Day[], until: string, width: number, height: number): { line: string; area: string; most: number } | null {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last || last.points_total === 0) return null;
  const begin = ms(first.day) - DAY_MS;
  const length = ms(until) + DAY_MS - begin;
  const most = last.points_total;
  const x = (at: number) => round(((at - begin) / length) * width);
  const y = (points: number) => round(height - (points / most) * height);
  let line = `M0 ${y(first.points_total - first.points)}`;
  for (const day of days) line += `H${x(ms(day.day))}V${y(day.points_total)}`;
  line += `H${width}`;
  return { line, area: `${line}V${height}H0Z`, most };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import type { Mark } from "../../lib/progress";

/** As it stands in the address. */
export interface Filter {
  q?: string | undefined;
  category?: string | undefined;
  difficulty?: string | undefined;
  mark?: string | undefined;
}

export function parseFilter({ q, category, difficulty, mark }: Filter): Filter {
  return { q, category, difficulty, mark };
}

/** `open` is whatever is not solved, tried or not. */
export function fits(wanted: string | undefined, mark: Mark | undefined): boolean {
  if (wanted === "open") return mark !== "solved";
  return wanted === undefined || mark === wanted;
}

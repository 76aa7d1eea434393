import type { Schemas } from "../../lib/api";

export type Board = Schemas["BoardPage"];
export type Entry = Schemas["BoardEntry"];

export const WINDOWS = ["all", "month", "week", "day"] as const;
export type Window = (typeof WINDOWS)[number];

export function windowOf(text: string | undefined): Window {
  return WINDOWS.find((window) => window === text) ?? "all";
}

/** What `board_changes` says: see docs/live.md. */
export interface Changes {
  scope: string;
  window: string;
  left: string[];
  placed: (Entry & { place: number; from?: number })[];
  parked_keys?: number;
  next_cursor?: string | null;
}

/** The board after the changes, to the letter what reading it anew would give. */
export function applied(board: Board, changes: Changes): Board {
  const moved = new Set([...changes.left, ...changes.placed.map((entry) => entry.learner_id)]);
  const entries = board.entries.filter((entry) => !moved.has(entry.learner_id));
  for (const { place, from, ...entry } of changes.placed) entries.splice(place - 1, 0, entry);
  const next = { ...board, entries: ranked(entries), parked_keys: changes.parked_keys ?? board.parked_keys };
  if (changes.next_cursor === null) delete next.next_cursor;
  else if (changes.next_cursor !== undefined) next.next_cursor = changes.next_cursor;
  return next;
}

/** Numbers the first places anew. Who is where they were stays the same object, so that nothing is drawn again for them. */
function ranked(entries: Entry[]): Entry[] {
  let before: Entry | undefined;
  return entries.map((entry, index) => {
    const rank = before && ties(before, entry) ? before.rank : index + 1;
    before = entry.rank === rank ? entry : { ...entry, rank };
    return before;
  });
}

function ties(one: Entry, other: Entry): boolean {
  return one.points === other.points && one.reached_at === other.reached_at && one.cpu_ms === other.cpu_ms;
}

/** One list of what pages brought; who moved between two of them stands where they were met first. */
export function joined(pages: readonly Board[]): Entry[] {
  const met = new Set<string>();
  return pages.flatMap((page) => page.entries).filter((entry) => !met.has(entry.learner_id) && met.add(entry.learner_id));
}

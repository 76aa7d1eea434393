import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./api";

export type ProgressEntry = Schemas["ProgressEntry"];

const PAGE = 200;

/** How somebody stands on each exercise they tried, every page of it. */
export function progressQuery(handle: string) {
  return queryOptions({
    queryKey: ["progress", handle],
    queryFn: async ({ signal }) => {
      const entries: ProgressEntry[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { limit: String(PAGE), ...(cursor ? { cursor } : {}) };
        const page: Schemas["ProgressPage"] = await body(
          api.GET("/v1/learners/{handle}/progress", { params: { path: { handle }, query }, signal }),
        );
        entries.push(...page.progress);
        cursor = page.next_cursor;
      } while (cursor);
      return entries;
    },
  });
}

export type Mark = "solved" | "tried";

/** By slug. */
export function marks(entries: readonly ProgressEntry[]): Map<string, Mark> {
  return new Map(entries.map((entry) => [entry.exercise, entry.solved_at ? "solved" : "tried"]));
}

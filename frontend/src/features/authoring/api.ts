import { queryOptions } from "@tanstack/react-query";
import { api, body, command, type Schemas } from "../../lib/api";
import { Problem } from "../../lib/problem";

export type Imported = Schemas["ExerciseImported"];
export type Checked = Schemas["CheckedSubmission"];

export interface Wishes {
  slug: string;
  category: string;
  difficulty: string;
  points: string;
  showFirst: boolean;
}

export const draftsQuery = queryOptions({
  queryKey: ["exercises", "drafts"],
  queryFn: ({ signal }) => body(api.GET("/v1/exercises", { params: { query: { status: "draft", limit: "200" } }, signal })),
});

/** The file is what it is; `force` takes it although its own submissions disagree, `revision` says which one it follows. */
export function importPackage(file: File, wishes: Wishes, how: { force: boolean; revision: number | null }): Promise<Imported> {
  const query = new URLSearchParams();
  for (const name of ["slug", "category", "difficulty", "points"] as const) {
    const wish = wishes[name].trim();
    if (wish) query.set(name, wish);
  }
  if (wishes.showFirst) query.set("show_first", "true");
  if (how.force) query.set("force", "true");
  const headers: Record<string, string> = { "Content-Type": "application/octet-stream" };
  if (how.revision !== null) headers["If-Match"] = `"${how.revision}"`;
  return command<Imported>(`/v1/imports?${query}`, headers, file);
}

/** The revision there is now, which is what a change has to name. */
export async function revisionOf(slug: string): Promise<number> {
  return (await body(api.GET("/v1/exercises/{slug}", { params: { path: { slug } } }))).revision;
}

/** What a refused import found, if that is why it was refused. */
export function checkedOf(error: unknown): Checked[] | null {
  if (!(error instanceof Problem)) return null;
  const found = error.members.submissions;
  return Array.isArray(found) ? (found as Checked[]) : null;
}

import { describe, expect, it } from "vitest";
import { applied, type Board, type Changes, type Entry, joined, windowOf } from "./board";

const AT = "2026-11-21T10:00:00Z";

function entry(name: string, points: number, rank: number, reached_at = AT): Entry {
  return { learner_id: name, handle: name, points, rank, reached_at };
}

function board(...entries: Entry[]): Board {
  return { scope: "global", window: "all", entries, parked_keys: 0, next_cursor: "next" };
}

function changes(change: Partial<Changes>): Changes {
  return { scope: "global", window: "all", left: [], placed: [], ...change };
}

describe("a board's changes", () => {
  const before = board(entry("ada", 30, 1), entry("bob", 20, 2), entry("cyd", 10, 3));

  it("put who overtakes at their place and number everybody anew", () => {
    const after = applied(before, changes({ placed: [{ ...entry("cyd", 40, 1), place: 1, from: 3 }] }));
    expect(after.entries.map(({ handle, rank }) => [handle, rank])).toEqual([["cyd", 1], ["ada", 2], ["bob", 3]]);
    expect(after.entries[0]).not.toHaveProperty("place");
  });

  it("let equal points in the same second share a rank", () => {
    const after = applied(before, changes({ placed: [{ ...entry("dee", 20, 2), place: 3 }], left: ["cyd"] }));
    expect(after.entries.map(({ handle, rank }) => [handle, rank])).toEqual([["ada", 1], ["bob", 2], ["dee", 2]]);
  });

  it("leave who did not move the same object", () => {
    const after = applied(before, changes({ placed: [{ ...entry("dee", 5, 4), place: 4 }] }));
    expect(after.entries[0]).toBe(before.entries[0]);
  });

  it("say whether there is more", () => {
    expect(applied(before, changes({})).next_cursor).toBe("next");
    expect(applied(before, changes({ next_cursor: null }))).not.toHaveProperty("next_cursor");
    expect(applied(before, changes({ parked_keys: 2, next_cursor: "other" }))).toMatchObject({ parked_keys: 2, next_cursor: "other" });
  });
});

it("pages that overlap show everybody once", () => {
  const pages = [board(entry("ada", 3, 1), entry("bob", 2, 2)), board(entry("bob", 2, 2), entry("cyd", 1, 3))];
  expect(joined(pages).map((one) => one.handle)).toEqual(["ada", "bob", "cyd"]);
});

it("a window nobody knows is all time", () => {
  expect([windowOf("week"), windowOf("year"), windowOf(undefined)]).toEqual(["week", "all", "all"]);
});

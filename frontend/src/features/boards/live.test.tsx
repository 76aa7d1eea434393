// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { Streams } from "../../lib/live.testing";
import { boardQuery, useLiveBoard } from "./api";
import type { Board, Entry } from "./board";

const WHICH = { scope: "global", window: "all" } as const;
const KEY = boardQuery(WHICH, 10).queryKey;

function board(...handles: string[]): Board {
  const entries = handles.map((handle, index) => entry(handle, 100 - index, index + 1));
  return { ...WHICH, entries, parked_keys: 0 };
}

function entry(handle: string, points: number, rank: number): Entry {
  return { learner_id: handle, handle, points, rank, reached_at: "2026-11-21T10:00:00Z" };
}

function Live() {
  useLiveBoard(WHICH, 10, { learnerId: null, enabled: true });
  return null;
}

it("changes apply to what the stream told, also when a read knew more in between", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("EventSource", Streams);
  // Then messages are handed on at once.
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  const queries = new QueryClient();
  const root = createRoot(document.createElement("div"));
  await act(async () => root.render(<QueryClientProvider client={queries}><Live /></QueryClientProvider>));
  const shown = () => queries.getQueryData<Board>(KEY)?.entries.map((one) => one.handle);
  const [stream] = Streams.opened;
  const placed = (one: Entry, place: number) => stream?.says("board_changes", { ...WHICH, left: [], placed: [{ ...one, place }] });
  await act(async () => stream?.says("board", { board: board("old", "ada") }));
  expect(shown()).toEqual(["old", "ada"]);
  // As when the window is looked at again: the read has overtaken both changes.
  queries.setQueryData(KEY, board("new", "old", "ada"));
  await act(async () => placed(entry("ada", 99, 2), 2));
  await act(async () => placed(entry("new", 101, 1), 1));
  expect(shown()).toEqual(["new", "old", "ada"]);
  await act(async () => root.unmount());
});

import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, body } from "../../lib/api";
import { type LiveMessage, type LiveState, LiveStream } from "../../lib/live";
import { applied, type Board, type Changes, type Entry, type Window } from "./board";

export interface Which {
  scope: string;
  window: Window;
  /** A time of the past; the board of now without it. */
  asOf?: string | undefined;
}

function time({ window, asOf }: Which) {
  return asOf ? { window, as_of: asOf } : { window };
}

export function boardQuery(which: Which, limit: number) {
  return queryOptions({
    queryKey: ["board", which.scope, which.window, which.asOf ?? "", limit],
    queryFn: ({ signal }) =>
      body(api.GET("/v1/leaderboards/{scope}", {
        params: { path: { scope: which.scope }, query: { ...time(which), limit: String(limit) } },
        signal,
      })),
    // The board before stays until the next is there: a slider that is dragged shows no gaps.
    placeholderData: keepPreviousData,
  });
}

/** A page further down. */
export function boardPage(which: Which, cursor: string, signal: AbortSignal): Promise<Board> {
  const query = { ...time(which), limit: "200", cursor };
  return body(api.GET("/v1/leaderboards/{scope}", { params: { path: { scope: which.scope }, query }, signal }));
}

/** Where somebody stands, with their neighbours; null when they are not on the board. */
export function aroundQuery(which: Which, handle: string) {
  return queryOptions({
    queryKey: ["around", which.scope, which.window, which.asOf ?? "", handle],
    queryFn: async ({ signal }): Promise<Board | null> => {
      const { scope } = which;
      // Asked first, because for who is not ranked there is no neighbourhood to be read.
      const query = { ...time(which), handles: handle };
      const standings = await body(api.GET("/v1/leaderboards/{scope}/learners", { params: { path: { scope }, query }, signal }));
      if (standings.entries.length === 0) return null;
      const around = { ...time(which), radius: "2" };
      return body(api.GET("/v1/leaderboards/{scope}/around/{handle}", { params: { path: { scope, handle }, query: around }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

interface Told {
  board: Board;
}

interface Standing {
  you: Entry | null;
  size: number;
}

/** Keeps the board's query up to date from the live stream, while it is of now. */
export function useLiveBoard(which: Which, limit: number, options: { learnerId: string | null; enabled: boolean }): LiveState {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const { scope, window } = which;
  const { learnerId, enabled } = options;
  useEffect(() => {
    if (!enabled) return;
    const key = boardQuery({ scope, window }, limit).queryKey;
    const query: Record<string, string> = { board: scope, window, limit: String(limit) };
    const asMyself = learnerId !== null;
    if (asMyself) query.me = "true";
    // Changes are differences from what this stream told, and from nothing else: a read that was answered in between may
    // know more already.
    let told: Board | undefined;
    const onMessages = (messages: LiveMessage[]) => {
      // A read that is under way would bring back what these messages have overtaken.
      void queries.cancelQueries({ queryKey: key });
      told = messages.reduce(fold, told);
      if (told) queries.setQueryData<Board>(key, told);
      const standing = messages.findLast((message) => message.event === "you")?.data as Standing | undefined;
      if (standing) void queries.invalidateQueries({ queryKey: ["around", scope, window] });
    };
    const stream = new LiveStream({ query, asMyself, onMessages, onState: setState });
    return () => {
      stream.close();
      setState("connecting");
    };
  }, [queries, scope, window, limit, learnerId, enabled]);
  return state;
}

function fold(board: Board | undefined, { event, data }: LiveMessage): Board | undefined {
  if (event === "board") return (data as Told).board;
  if (event !== "board_changes" || !board) return board;
  const changes = data as Changes;
  return changes.window === board.window ? applied(board, changes) : board;
}

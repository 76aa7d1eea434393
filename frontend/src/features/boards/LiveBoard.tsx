import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useMessages } from "../../lib/i18n";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { boardQuery, useLiveBoard } from "./api";
import type { Window } from "./board";
import { LiveSign } from "./LiveSign";
import { Places } from "./Places";

/** The first places of a board, moving. */
export function LiveBoard({ scope, window, places, emptyHint }: { scope: string; window: Window; places: number; emptyHint: string }) {
  const t = useMessages();
  const you = useStore(session)?.learnerId;
  const query = useQuery(boardQuery({ scope, window }, places));
  const state = useLiveBoard({ scope, window }, places, { learnerId: null, enabled: query.isSuccess });
  return (
    <>
      <Read query={query}>
        {(board) => board.entries.length === 0
          ? <Empty title={t.board.empty} hint={emptyHint} />
          : <Places brief entries={board.entries} you={you} label={t.board.table} />}
      </Read>
      <LiveSign state={state} />
    </>
  );
}

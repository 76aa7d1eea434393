import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { buttonClass, Card, Choice, Empty, Notice } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { aroundQuery, boardPage, boardQuery, useLiveBoard, type Which } from "./api";
import { type Board, joined, WINDOWS, type Window, windowOf } from "./board";
import { CsvButton } from "./CsvButton";
import { EmbedButton } from "./EmbedButton";
import { LiveSign } from "./LiveSign";
import { moment } from "./moments";
import { Past } from "./Past";
import { Places } from "./Places";
import { ScopeSelect, useScopeTitle } from "./ScopeSelect";
import styles from "./boards.module.css";

const FIRST = 100;
const ROW_PX = 44;

export function BoardPage() {
  const t = useMessages();
  const { scope } = useParams({ from: "/boards/$scope" });
  const search = useSearch({ from: "/boards/$scope" });
  const navigate = useNavigate({ from: "/boards/$scope" });
  const ofExercise = scope.startsWith("exercise:");
  const window = ofExercise ? "all" : windowOf(search.window);
  const which: Which = { scope, window, asOf: moment(search.as_of) };
  const you = useStore(session);
  const title = useScopeTitle(scope);
  const query = useQuery(boardQuery(which, FIRST));
  const state = useLiveBoard(which, FIRST, { learnerId: you?.learnerId ?? null, enabled: query.isSuccess && !which.asOf });
  const goTo = (change: { window?: Window; as_of?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const windows = WINDOWS.map((name) => [name, named(t.board.windows, name)] as const);
  return (
    <>
      <title>{`${title} · Laurel`}</title>
      <div className={styles.title}>
        <h1>{scope === "global" ? t.board.title : title}</h1>
        {!which.asOf && <LiveSign state={state} />}
      </div>
      <div className={styles.controls}>
        <ScopeSelect scope={scope} onChange={(chosen) => void navigate({ to: "/boards/$scope", params: { scope: chosen }, search: { window } })} />
        {!ofExercise && <Choice label={t.board.window} value={window} options={windows} onChange={(chosen) => goTo({ window: chosen })} />}
        <div className={styles.buttons}>
          <Link to="/wall/$scope" params={{ scope }} search={{ window }} className={buttonClass("plain", true)}>{t.board.wall}</Link>
          <EmbedButton scope={scope} window={window} />
          <CsvButton which={which} />
        </div>
      </div>
      <Past asOf={which.asOf} onChange={(asOf) => goTo({ as_of: asOf })} />
      {you && <Around which={which} handle={you.handle} learnerId={you.learnerId} />}
      <Card aria-label={t.board.table}>
        <Read query={query}>{(board) => <Whole key={`${scope} ${window}`} board={board} which={which} you={you?.learnerId} />}</Read>
      </Card>
    </>
  );
}

function Around({ which, handle, learnerId }: { which: Which; handle: string; learnerId: string }) {
  const t = useMessages();
  const format = useFormat();
  const query = useQuery(aroundQuery(which, handle));
  const own = query.data?.entries.find((entry) => entry.learner_id === learnerId);
  return (
    <Card className={styles.around} aria-labelledby="around">
      <h2 id="around">{t.board.around}</h2>
      <Read query={query}>
        {(board) => board === null
          ? <p>{t.board.aroundNone}</p>
          : (
            <>
              {own && board.size !== undefined && (
                <p>
                  {t.board.rank} <strong>{format.number(own.rank)}</strong> {t.board.of(format.number(board.size ?? 0))}
                  {own.percentile !== undefined && own.percentile !== null && <> · {t.board.ahead(format.number(own.percentile))}</>}
                </p>
              )}
              <Places entries={board.entries} you={learnerId} label={t.board.around} />
            </>
          )}
      </Read>
    </Card>
  );
}

/** Every place there is, the rows in sight drawn, further pages fetched when they come near. */
function Whole({ board, which, you }: { board: Board; which: Which; you: string | undefined }) {
  const t = useMessages();
  const format = useFormat();
  const scroll = useRef<HTMLDivElement>(null);
  // Where further pages begin does not move with the first one, or they would be fetched anew at each of its changes.
  const identity = `${board.window} ${board.as_of_seq ?? ""}`;
  const [kept, setKept] = useState({ identity, cursor: board.next_cursor });
  if (kept.identity !== identity) setKept({ identity, cursor: board.next_cursor });
  const begin = kept.cursor;
  const tail = useInfiniteQuery({
    queryKey: ["board", which.scope, which.window, which.asOf ?? "", "tail", begin],
    queryFn: ({ pageParam, signal }) => boardPage(which, pageParam, signal),
    initialPageParam: begin ?? "",
    getNextPageParam: (page) => page.next_cursor,
    enabled: false,
  });
  const entries = useMemo(() => joined([board, ...(tail.data?.pages ?? [])]), [board, tail.data]);
  const rows = useVirtualizer({ count: entries.length, getScrollElement: () => scroll.current, estimateSize: () => ROW_PX, overscan: 8 });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? Math.min(entries.length, 20) - 1;
  const range = { first: items[0]?.index ?? 0, last };
  const more = begin !== undefined && begin !== null && (tail.data === undefined || tail.hasNextPage);
  const { isFetching, fetchNextPage } = tail;
  useEffect(() => {
    if (more && !isFetching && last >= entries.length - 30 && entries.length > 30) void fetchNextPage();
  }, [more, isFetching, fetchNextPage, last, entries.length]);
  if (entries.length === 0) return <Empty title={t.board.empty} hint={t.board.emptyHint} />;
  return (
    <>
      {board.frozen_at && (
        <Notice kind="still">
          <div>{t.board.frozen(format.time(board.frozen_at))} {board.you && t.board.yourPlace(format.number(board.you.rank), format.number(board.you.points))}</div>
        </Notice>
      )}
      {board.parked_keys > 0 && <Notice kind="still"><div>{t.board.parked(board.parked_keys)}</div></Notice>}
      <div ref={scroll} className={styles.scroll} tabIndex={0} role="region" aria-label={t.board.places(more ? `${format.number(entries.length)}+` : format.number(entries.length))}>
        <Places entries={entries} you={you} range={range} label={t.board.table} />
      </div>
      {isFetching && <p role="status" className="hidden-text">{t.board.more}</p>}
    </>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { buttonClass, Button, Empty } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { named, useMessages } from "../../lib/i18n";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { boardQuery, useLiveBoard } from "./api";
import { windowOf } from "./board";
import { LiveSign } from "./LiveSign";
import { Places } from "./Places";
import { useScopeTitle } from "./ScopeSelect";
import styles from "./boards.module.css";

const PLACES = 15;

/** A board for a big screen that nobody touches. */
export function WallPage() {
  const t = useMessages();
  const { scope } = useParams({ from: "/wall/$scope" });
  const search = useSearch({ from: "/wall/$scope" });
  const window = windowOf(search.window);
  const learnerId = useStore(session)?.learnerId ?? null;
  const title = useScopeTitle(scope);
  const query = useQuery(boardQuery({ scope, window }, PLACES));
  const state = useLiveBoard({ scope, window }, PLACES, { learnerId, enabled: query.isSuccess });
  return (
    <main className={styles.wall} id="content">
      <title>{`${title} · Laurel`}</title>
      <header>
        <h1>{title} · {named(t.board.windows, window)}</h1>
        <LiveSign state={state} />
        <nav aria-label={t.app.navigation}>
          <Button look="quiet" small onClick={() => void document.documentElement.requestFullscreen?.()}>{t.board.wallFull}</Button>
          <Link to="/boards/$scope" params={{ scope }} search={{ window }} className={buttonClass("quiet", true)}>{t.board.wallLeave}</Link>
        </nav>
      </header>
      <Read query={query}>
        {(board) => board.entries.length === 0
          ? <Empty title={t.board.empty} hint={t.board.emptyHint} />
          : <Places brief entries={board.entries} label={t.board.table} />}
      </Read>
    </main>
  );
}

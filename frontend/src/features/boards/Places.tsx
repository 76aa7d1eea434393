import { Link } from "@tanstack/react-router";
import { memo, useLayoutEffect, useRef } from "react";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import type { Entry } from "./board";
import styles from "./boards.module.css";

interface Props {
  entries: readonly Entry[];
  /** Whose row is marked. */
  you?: string | undefined;
  /** Which of the entries are drawn; all without it. */
  range?: { first: number; last: number };
  /** Without the column of when or how quickly. */
  brief?: boolean;
  label: string;
}

/** Part of a board. Rows glide to where they now stand. */
export function Places({ entries, you, range, brief = false, label }: Props) {
  const t = useMessages();
  const { first, last } = range ?? { first: 0, last: entries.length - 1 };
  const byCpu = entries[0]?.cpu_ms !== undefined;
  const rows = useGliding(entries, first, last);
  return (
    <div role="table" aria-label={label} aria-rowcount={entries.length + 1} className={`${styles.table} ${brief ? styles.brief : ""}`}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={styles.head}>
          <span role="columnheader">{t.board.rank}</span>
          <span role="columnheader">{t.board.who}</span>
          <span role="columnheader" className={styles.right}>{t.board.points}</span>
          {!brief && <span role="columnheader" className={styles.right}>{byCpu ? t.board.cpu : t.board.reached}</span>}
        </div>
      </div>
      <div role="rowgroup" ref={rows} className={styles.rows} style={{ blockSize: `calc(var(--row) * ${entries.length})` }}>
        {entries.slice(first, last + 1).map((entry, index) => (
          <Row key={entry.learner_id} entry={entry} index={first + index} isYou={entry.learner_id === you} brief={brief} />
        ))}
      </div>
    </div>
  );
}


const Row = memo(function Row({ entry, index, isYou, brief }: { entry: Entry; index: number; isYou: boolean; brief: boolean }) {
  const t = useMessages();
  const format = useFormat();
  const medal = entry.rank <= 3;
  return (
    <div role="row" aria-rowindex={index + 2} data-learner={entry.learner_id} className={`${styles.row} ${isYou ? styles.mine : ""}`} style={{ transform: at(index) }}>
      <span role="cell" className={`${styles.rank} ${medal ? styles.medal : ""}`}>{format.number(entry.rank)}</span>
      <span role="cell" className={styles.who}>
        {entry.handle ? <Link to="/learners/$handle" params={{ handle: entry.handle }} preload={false}>{entry.handle}</Link> : t.board.erased}
      </span>
      <span role="cell" className={styles.points}>{format.number(entry.points)}</span>
      {!brief && (
        <span role="cell" className={styles.reached}>
          {entry.cpu_ms !== undefined && entry.cpu_ms !== null ? format.milliseconds(entry.cpu_ms) : entry.reached_at ? format.time(entry.reached_at) : ""}
        </span>
      )}
    </div>
  );
});

function at(index: number): string {
  return `translateY(calc(var(--row) * ${index}))`;
}

const GLIDE = { duration: 450, easing: "cubic-bezier(0.3, 0.9, 0.3, 1)" };

/**
 * Lets rows glide from where they were. An animation of its own and no transition of the style, because React puts rows that
 * change places into the document anew, which ends transitions.
 */
function useGliding(entries: readonly Entry[], first: number, last: number) {
  const rows = useRef<HTMLDivElement>(null);
  const before = useRef(new Map<string, { index: number; points: number }>());
  useLayoutEffect(() => {
    const now = new Map<string, { index: number; points: number }>();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    for (let index = first; index <= Math.min(last, entries.length - 1); index += 1) {
      const entry = entries[index];
      if (!entry) continue;
      now.set(entry.learner_id, { index, points: entry.points });
      const was = before.current.get(entry.learner_id);
      if (still || !was || was.index === index) continue;
      const row = rows.current?.querySelector(`[data-learner="${entry.learner_id}"]`);
      row?.animate([{ transform: at(was.index), zIndex: was.index > index ? 1 : 0 }, { transform: at(index) }], GLIDE);
    }
    before.current = now;
  }, [entries, first, last]);
  return rows;
}

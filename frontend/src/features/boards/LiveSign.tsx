import { useMessages } from "../../lib/i18n";
import type { LiveState } from "../../lib/live";
import styles from "./boards.module.css";

export function LiveSign({ state }: { state: LiveState }) {
  const t = useMessages();
  return (
    <span role="status" className={`${styles.state} ${state === "live" ? styles.live : ""}`}>
      <span className={styles.dot} aria-hidden="true" />
      {t.board[state]}
    </span>
  );
}

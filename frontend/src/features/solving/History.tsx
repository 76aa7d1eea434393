import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge, Button, Dialog, Empty } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { languageTitle } from "../../lib/languages";
import { historyQuery } from "./api";
import { Comparison } from "./Comparison";
import styles from "./solving.module.css";

/** What was handed in before, the newest first; two of them can be compared. */
export function History({ slug, shown, onShow }: { slug: string; shown: string | null; onShow: (id: string) => void }) {
  const t = useMessages();
  const format = useFormat();
  const query = useQuery(historyQuery(slug));
  const [chosen, setChosen] = useState<string[]>([]);
  const [open, setOpen] = useState(false);
  const choose = (id: string) =>
    // A third one takes the place of the first.
    setChosen((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-2)));
  return (
    <div className={styles.history}>
      <Read query={query}>
        {({ submissions }) => submissions.length === 0 ? <Empty title={t.exercise.noHistory} hint={t.exercise.noHistoryHint} /> : (
          <>
            <div className={styles.actions}>
              <Button small disabled={chosen.length !== 2} onClick={() => setOpen(true)}>{t.exercise.compare}</Button>
              <span className={styles.facts}>{chosen.length === 0 ? t.exercise.compareHint : t.exercise.chosen(chosen.length)}</span>
            </div>
            <ul>
              {submissions.map((one) => (
                <li key={one.submission_id} data-shown={one.submission_id === shown}>
                  <input type="checkbox" aria-label={t.exercise.choose(format.second(one.received_at))} checked={chosen.includes(one.submission_id)} onChange={() => choose(one.submission_id)} />
                  <Button look="quiet" small onClick={() => onShow(one.submission_id)}>{languageTitle(one.language)}</Button>
                  {one.verdict ? <Verdict verdict={one.verdict} /> : <Badge kind="cool">{t.judging.received}</Badge>}
                  <time dateTime={one.received_at}>{format.second(one.received_at)}</time>
                  <span className="number">{one.points ?? "–"} / {one.points_max}</span>
                </li>
              ))}
            </ul>
            <Dialog title={t.exercise.compareTitle} open={open} onClose={() => setOpen(false)}>
              <Comparison ids={inOrder(chosen, submissions.map((one) => one.submission_id))} />
            </Dialog>
          </>
        )}
      </Read>
    </div>
  );
}

/** The older one first, whichever was chosen first. */
function inOrder(chosen: string[], newestFirst: string[]): string[] {
  return [...chosen].sort((one, other) => newestFirst.indexOf(other) - newestFirst.indexOf(one));
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card, Empty } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { progressQuery } from "../../lib/progress";
import styles from "./progress.module.css";

export function Bests({ handle }: { handle: string }) {
  const t = useMessages();
  const format = useFormat();
  const query = useQuery(progressQuery(handle));
  return (
    <Card className={styles.part} aria-labelledby="bests">
      <header><h2 id="bests">{t.profile.bests}</h2></header>
      <Read query={query}>
        {(entries) => entries.length === 0 ? <Empty title={t.profile.empty} hint={t.profile.emptyHint} /> : (
          <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="bests">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.profile.exercise}</th>
                  <th scope="col" className="number">{t.profile.best}</th>
                  <th scope="col" className="number">{t.board.cpu}</th>
                  <th scope="col" className="number">{t.profile.attempts}</th>
                  <th scope="col">{t.profile.solvedAt}</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((entry) => (
                  <tr key={entry.exercise}>
                    <td><Link to="/exercises/$slug" params={{ slug: entry.exercise }}>{entry.title}</Link></td>
                    <td className="number">{format.number(entry.best_points)} / {format.number(entry.points_max)}</td>
                    <td className="number">{entry.best_cpu_ms === null || entry.best_cpu_ms === undefined ? "–" : format.milliseconds(entry.best_cpu_ms)}</td>
                    <td className="number">{format.number(entry.attempts)}</td>
                    <td>{entry.solved_at ? format.time(entry.solved_at) : t.profile.notYet}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Read>
    </Card>
  );
}

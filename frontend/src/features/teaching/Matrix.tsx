import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Card, Empty } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { csv } from "../../lib/api";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { save } from "../../lib/save";
import { matrixQuery } from "./api";
import styles from "./teaching.module.css";

/** Every member's best points on every exercise that anybody tried. */
export function Matrix({ id, name }: { id: string; name: string }) {
  const t = useMessages();
  const s = useStaffMessages().teaching;
  const format = useFormat();
  const query = useInfiniteQuery(matrixQuery(id));
  const saving = useMutation({
    mutationFn: async () => save((await csv(`/v1/cohorts/${id}/progress`, new URLSearchParams())).text, "text/csv", `${name}.csv`),
  });
  const exercises = query.data?.pages[0]?.exercises ?? [];
  const members = query.data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <Card className={styles.part} aria-labelledby="matrix">
      <header>
        <h2 id="matrix">{s.progress}</h2>
        {exercises.length > 0 && <Button small disabled={saving.isPending} onClick={() => saving.mutate()}>{t.board.csv}</Button>}
      </header>
      {(query.error ?? saving.error) && <ProblemNotice error={query.error ?? saving.error} />}
      {query.isSuccess && exercises.length === 0 && <Empty title={s.noProgress} hint={s.noProgressHint} />}
      {exercises.length > 0 && (
        <div className={styles.wide} tabIndex={0} role="group" aria-label={s.matrixLabel}>
          <table className={styles.matrix}>
            <thead>
              <tr>
                <th scope="col">{t.board.who}</th>
                <th scope="col">{t.profile.points}</th>
                {exercises.map((column) => (
                  <th key={column.exercise} scope="col"><Link to="/exercises/$slug" params={{ slug: column.exercise }}>{column.title}</Link></th>
                ))}
              </tr>
            </thead>
            <tbody>
              {members.map((row) => (
                <tr key={row.learner_id}>
                  <th scope="row">{row.handle}</th>
                  <td>{format.number(row.points)}</td>
                  {row.best_points.map((points, index) => (
                    <td key={exercises[index]?.exercise} data-share={share(points ?? null, exercises[index]?.points_max ?? 0)}>
                      {points ?? <><span aria-hidden="true">·</span><span className="hidden-text">{s.notTried}</span></>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {query.hasNextPage && <div><Button onClick={() => void query.fetchNextPage()}>{s.more}</Button></div>}
    </Card>
  );
}

function share(points: number | null, most: number): string | undefined {
  if (points === null) return undefined;
  return points >= most ? "all" : points > 0 ? "some" : "none";
}

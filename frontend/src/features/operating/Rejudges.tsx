import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Badge, Button, Card, Dialog, Empty } from "../../components/ui";
import { Confirm } from "../../components/ui/Confirm";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { applyRejudge, cancelRejudge, previewQuery, type Rejudge, rejudgesQuery } from "./api";
import styles from "./operating.module.css";

const ENDED = ["applying", "applied", "cancelled"];

/** Submissions that are judged again, in sets: what each would change, and the word that lets it. */
export function Rejudges() {
  const s = useStaffMessages().operating;
  const query = useQuery(rejudgesQuery);
  const [shown, setShown] = useState<Rejudge | null>(null);
  return (
    <Card className={styles.part} aria-labelledby="rejudges">
      <h2 id="rejudges">{s.rejudges}</h2>
      <Read query={query}>
        {({ rejudges }) => rejudges.length === 0 ? <Empty title={s.noRejudges} hint={s.noRejudgesHint} /> : (
          <>
            <p>{s.rejudgesHint}</p>
            <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="rejudges">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{s.reason}</th>
                    <th scope="col">{s.state}</th>
                    <th scope="col" className="number">{s.judged}</th>
                    <th scope="col"><span className="hidden-text">{s.preview}</span></th>
                  </tr>
                </thead>
                <tbody>
                  {rejudges.map((set) => <Row key={set.rejudge_id} set={set} onShow={() => setShown(set)} />)}
                </tbody>
              </table>
            </div>
            <Dialog title={shown ? s.previewOf(shown.reason) : s.preview} open={shown !== null} onClose={() => setShown(null)}>
              {shown && <Preview id={shown.rejudge_id} />}
            </Dialog>
          </>
        )}
      </Read>
    </Card>
  );
}

function Row({ set, onShow }: { set: Rejudge; onShow: () => void }) {
  const s = useStaffMessages().operating;
  const format = useFormat();
  const queries = useQueryClient();
  const order = async (give: (id: string) => Promise<unknown>) => {
    await give(set.rejudge_id);
    await queries.invalidateQueries({ queryKey: ["operations"] });
  };
  const kind = set.status === "applied" ? "good" : set.status === "cancelled" ? "warm" : "cool";
  const all = set.submissions;
  return (
    <tr>
      <td>{set.reason}<br /><small>{set.exercise} · {format.second(set.requested_at)}</small></td>
      <td><Badge kind={kind}>{named(s.sets, set.status)}</Badge></td>
      <td className="number">{format.number(set.judged)}{all !== undefined && all !== null && <> / {format.number(all)}</>}</td>
      <td>
        <div className={styles.actions}>
          <Button small onClick={onShow}>{s.preview}</Button>
          {set.status === "judged" && <Confirm action={s.apply} title={s.applySure} hint={s.applyHint} cancel={s.back} run={() => order(applyRejudge)} />}
          {!ENDED.includes(set.status) && <Confirm action={s.cancelSet} title={s.cancelSure} hint={s.cancelHint} cancel={s.back} run={() => order(cancelRejudge)} />}
        </div>
      </td>
    </tr>
  );
}

function Preview({ id }: { id: string }) {
  const t = useMessages();
  const s = useStaffMessages().operating;
  const format = useFormat();
  const query = useQuery(previewQuery(id));
  return (
    <Read query={query}>
      {(found) => (
        <>
          <p>{s.changes(format.number(found.changed_submissions), format.number(found.changed_learners))}</p>
          {found.learners.length > 0 && (
            <div className={styles.wide} tabIndex={0} role="group" aria-label={s.preview}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t.board.who}</th>
                    <th scope="col" className="number">{s.before}</th>
                    <th scope="col" className="number">{s.after}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.learners.map((one) => (
                    <tr key={one.learner_id}>
                      <td>{one.handle ?? t.board.erased}</td>
                      <td className="number">{format.number(one.points_before)}</td>
                      <td className="number">{format.number(one.points_after)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </Read>
  );
}

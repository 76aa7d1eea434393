import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Badge, buttonClass, Button, Card, Empty, Notice } from "../../components/ui";
import { Confirm } from "../../components/ui/Confirm";
import { ProblemNotice, Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { session, teaches } from "../../lib/session";
import { useStore } from "../../lib/store";
import { archive, classQuery, membersQuery, remove } from "./api";
import { Invitation } from "./Invitation";
import { Matrix } from "./Matrix";
import styles from "./teaching.module.css";

/** A class: for its members what it is called and its board, for who leads it everything there is to it. */
export function ClassPage() {
  const t = useMessages();
  const s = useStaffMessages().teaching;
  const { id } = useParams({ from: "/classes/$id" });
  const query = useQuery(classQuery(id));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const caller = useStore(session);
  const archiveIt = async () => {
    await archive(id);
    await queries.invalidateQueries({ queryKey: ["classes"] });
    await navigate({ to: "/classes" });
  };
  return (
    <Read query={query}>
      {(found) => {
        const leads = found.leads || (caller?.roles.includes("admin") ?? false);
        const isOpen = found.status === "open";
        return (
          <>
            <title>{`${found.name} · Laurel`}</title>
            <div className={styles.title}>
              <h1>{found.name}</h1>
              <Badge kind={isOpen ? "good" : "warm"}>{isOpen ? s.open : s.archived}</Badge>
              <Link to="/boards/$scope" params={{ scope: `cohort:${id}` }} className={buttonClass("plain", true)}>{t.classes.board}</Link>
            </div>
            <p>{t.classes.members(found.members)} · {t.classes.ledBy(found.instructors.join(", "))}</p>
            {caller && teaches(caller) && leads && (
              <>
                {isOpen && <Invitation id={id} />}
                <Members id={id} isOpen={isOpen} />
                <Matrix id={id} name={found.name} />
                {isOpen && <div><Confirm action={s.archive} title={s.archiveSure} hint={s.archiveHint} cancel={s.cancel} run={archiveIt} /></div>}
              </>
            )}
          </>
        );
      }}
    </Read>
  );
}

function Members({ id, isOpen }: { id: string; isOpen: boolean }) {
  const t = useMessages();
  const s = useStaffMessages().teaching;
  const format = useFormat();
  const queries = useQueryClient();
  const query = useInfiniteQuery(membersQuery(id));
  const members = query.data?.pages.flatMap((page) => page.members) ?? [];
  const parked = query.data?.pages[0]?.parked_members ?? 0;
  const removeOne = async (handle: string) => {
    await remove(id, handle);
    await queries.invalidateQueries({ queryKey: ["classes"] });
  };
  return (
    <Card className={styles.part} aria-labelledby="members">
      <header><h2 id="members">{s.members}</h2></header>
      {parked > 0 && <Notice kind="still"><div>{s.parked(parked)}</div></Notice>}
      {query.error && <ProblemNotice error={query.error} onAgain={() => void query.refetch()} />}
      {query.isSuccess && members.length === 0 && <Empty title={s.noMembers} hint={s.noMembersHint} />}
      {members.length > 0 && (
        <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="members">
          <table>
            <thead>
              <tr>
                <th scope="col">{t.board.who}</th>
                <th scope="col" className="number">{t.profile.points}</th>
                <th scope="col" className="number">{t.profile.solved}</th>
                <th scope="col">{s.joined}</th>
                <th scope="col">{s.last}</th>
                <th scope="col"><span className="hidden-text">{s.remove}</span></th>
              </tr>
            </thead>
            <tbody>
              {members.map((member) => (
                <tr key={member.learner_id}>
                  <th scope="row"><Link to="/learners/$handle" params={{ handle: member.handle }}>{member.handle}</Link></th>
                  <td className="number">{format.number(member.points)}</td>
                  <td className="number">{format.number(member.solved)} / {format.number(member.tried)}</td>
                  <td>{format.day(member.joined_at)}</td>
                  <td>{member.last_attempt_at ? format.time(member.last_attempt_at) : s.never}</td>
                  <td>{isOpen && (
                    <Confirm action={s.remove} title={s.removeSure(member.handle)} hint={s.removeHint} cancel={s.cancel} run={() => removeOne(member.handle)}>
                      {s.remove}<span className="hidden-text"> {member.handle}</span>
                    </Confirm>
                  )}</td>
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

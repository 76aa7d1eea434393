import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Badge, buttonClass, Button, Card, Empty, Field, Notice } from "../../components/ui";
import { Confirm } from "../../components/ui/Confirm";
import { ProblemNotice, Read } from "../../components/ui/ProblemNotice";
import { useMessages } from "../../lib/i18n";
import { session, teaches } from "../../lib/session";
import { useStore } from "../../lib/store";
import { classesQuery, join, leave } from "./api";
import { MakeForm } from "./MakeForm";
import styles from "./classes.module.css";

export function ClassesPage() {
  const t = useMessages();
  const query = useQuery(classesQuery);
  const caller = useStore(session);
  const queries = useQueryClient();
  const leaveIt = async (id: string) => {
    await leave(id);
    await queries.invalidateQueries({ queryKey: ["classes"] });
  };
  return (
    <>
      <title>{`${t.classes.title} · Laurel`}</title>
      <h1>{t.classes.title}</h1>
      {caller?.roles.includes("learner") && <JoinForm />}
      {caller && teaches(caller) && <MakeForm />}
      <Read query={query}>
        {({ cohorts }) => cohorts.length === 0 ? <Card><Empty title={t.classes.empty} hint={t.classes.emptyHint} /></Card> : (
          <ul className={styles.list}>
            {cohorts.map((cohort) => (
              <li key={cohort.cohort_id}>
                <div>
                  <h2><Link to="/classes/$id" params={{ id: cohort.cohort_id }}>{cohort.name}</Link></h2>
                  <p>{t.classes.members(cohort.members)} · {t.classes.ledBy(cohort.instructors.join(", "))}</p>
                </div>
                {cohort.leads && <Badge kind="good">{t.classes.leads}</Badge>}
                <Link to="/boards/$scope" params={{ scope: `cohort:${cohort.cohort_id}` }} className={buttonClass("plain", true)}>{t.classes.board}</Link>
                {cohort.joined_at && cohort.status === "open" && (
                  <Confirm action={t.classes.leave} title={t.classes.leaveSure(cohort.name)} hint={t.classes.leaveHint} cancel={t.classes.cancel} run={() => leaveIt(cohort.cohort_id)} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Read>
    </>
  );
}

function JoinForm() {
  const t = useMessages();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const joining = useMutation({
    mutationFn: () => join(code),
    onSuccess: () => {
      setCode("");
      return queries.invalidateQueries({ queryKey: ["classes"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    joining.mutate();
  };
  return (
    <Card>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t.classes.code} hint={t.classes.joinText} required maxLength={64} autoComplete="off" value={code} onChange={(event) => setCode(event.target.value)} />
        <Button type="submit" look="primary" disabled={joining.isPending}>{t.classes.join}</Button>
      </form>
      {joining.error && <ProblemNotice error={joining.error} />}
      {joining.isSuccess && <Notice><div>{t.classes.joined}</div></Notice>}
    </Card>
  );
}

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Button, Card, Empty, Notice } from "../../components/ui";
import { ProblemNotice, Read } from "../../components/ui/ProblemNotice";
import { useStaffMessages } from "../../lib/i18n/staff";
import { publish } from "../../lib/publishing";
import { draftsQuery } from "./api";
import { ImportForm } from "./ImportForm";
import styles from "./authoring.module.css";

export function AuthorPage() {
  const s = useStaffMessages().authoring;
  const { slug } = useSearch({ from: "/author" });
  return (
    <>
      <title>{`${s.title} · Laurel`}</title>
      <h1>{s.title}</h1>
      <ImportForm slug={slug ?? ""} />
      <Drafts />
    </>
  );
}

function Drafts() {
  const s = useStaffMessages().authoring;
  const queries = useQueryClient();
  const query = useQuery(draftsQuery);
  const publishing = useMutation({ mutationFn: publish, onSuccess: () => queries.invalidateQueries({ queryKey: ["exercises"] }) });
  return (
    <Card className={styles.part} aria-labelledby="drafts">
      <h2 id="drafts">{s.drafts}</h2>
      {publishing.error && <ProblemNotice error={publishing.error} />}
      {publishing.isSuccess && <Notice><div>{s.published}</div></Notice>}
      <Read query={query}>
        {({ exercises }) => exercises.length === 0 ? <Empty title={s.noDrafts} hint={s.noDraftsHint} /> : (
          <ul className={styles.list}>
            {exercises.map((draft) => (
              <li key={draft.slug}>
                <Link to="/exercises/$slug" params={{ slug: draft.slug }}>{draft.title}</Link>
                <span>{s.revision(draft.revision)}</span>
                <Button small aria-label={s.publishOf(draft.title)} disabled={publishing.isPending} onClick={() => publishing.mutate(draft.slug)}>{s.publish}</Button>
              </li>
            ))}
          </ul>
        )}
      </Read>
    </Card>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { buttonClass, Button, Card } from "../../components/ui";
import { Confirm } from "../../components/ui/Confirm";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useStaffMessages } from "../../lib/i18n/staff";
import { archive, publish } from "../../lib/publishing";
import type { Exercise } from "./api";
import styles from "./solving.module.css";

/** For who wrote the exercise. It comes with its own words, which learners need not load. */
export default function AuthorTools({ exercise }: { exercise: Exercise }) {
  const s = useStaffMessages().authoring;
  const queries = useQueryClient();
  const renew = () => Promise.all(["exercise", "exercises"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  const publishing = useMutation({ mutationFn: () => publish(exercise.slug), onSuccess: renew });
  const archiveIt = async () => {
    await archive(exercise.slug);
    await renew();
  };
  return (
    <Card className={styles.samples}>
      <div className={styles.actions}>
        <strong>{s.yours}</strong>
        <span>{s.revision(exercise.revision)}</span>
        {exercise.status === "draft" && <Button small look="primary" disabled={publishing.isPending} onClick={() => publishing.mutate()}>{s.publish}</Button>}
        {exercise.status !== "archived" && <Link to="/author" search={{ slug: exercise.slug }} className={buttonClass("plain", true)}>{s.another}</Link>}
        {exercise.status === "published" && <Confirm action={s.archive} title={s.archiveSure} hint={s.archiveHint} cancel={s.cancel} run={archiveIt} />}
      </div>
      {publishing.error && <ProblemNotice error={publishing.error} />}
    </Card>
  );
}

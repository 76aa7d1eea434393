import { useQueries } from "@tanstack/react-query";
import { diffLines } from "diff";
import { Loading } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useMessages } from "../../lib/i18n";
import { submissionQuery } from "./api";
import styles from "./solving.module.css";

/** What the later of two submissions has otherwise, line by line. */
export function Comparison({ ids }: { ids: string[] }) {
  const t = useMessages();
  const queries = useQueries({ queries: ids.map((id) => submissionQuery(id)) });
  const error = queries.find((query) => query.error)?.error;
  if (error) return <ProblemNotice error={error} />;
  const [before, after] = queries.map((query) => query.data?.source);
  if (before === undefined || after === undefined) return <Loading />;
  if (before === after) return <p>{t.exercise.same}</p>;
  const parts = diffLines(before, after);
  return (
    <div className={styles.lines} tabIndex={0} role="region" aria-label={t.exercise.compareTitle}>
      {parts.flatMap((part, index) => {
        const kind = part.added ? "added" : part.removed ? "removed" : "same";
        const lines = part.value.replace(/\n$/, "").split("\n");
        return lines.map((line, number) => (
          <div key={`${index}-${number}`} data-kind={kind}>
            <span aria-hidden="true">{kind === "added" ? "+ " : kind === "removed" ? "− " : "  "}</span>
            {kind !== "same" && <span className="hidden-text">{kind === "added" ? t.exercise.added : t.exercise.removed}: </span>}
            {line || " "}
          </div>
        ));
      })}
    </div>
  );
}

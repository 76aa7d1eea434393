import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge, Button, Empty, Notice } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import type { LiveState } from "../../lib/live";
import { type Exercise, type Submission, submissionQuery } from "./api";
import { ExceededNote } from "./ExceededNote";
import type { Judging, TestProgress } from "./judging";
import { Pair } from "./Pair";
import styles from "./solving.module.css";

const POLLED_MS = 2_000;

interface Props {
  exercise: Exercise;
  id: string | null;
  judging: Judging | undefined;
  state: LiveState;
  onRestore: (source: string, language: string) => void;
}

/** One submission on its way to a verdict, test by test; then what each test came to. */
export function VerdictPanel({ exercise, id, judging, state, onRestore }: Props) {
  const t = useMessages();
  const isWaiting = id !== null && !judging?.summary?.verdict;
  const query = useQuery({
    ...submissionQuery(id ?? ""),
    enabled: id !== null,
    // The live stream tells; while it is away, we ask.
    refetchInterval: (found) => (isWaiting && !found.state.data?.verdict && state !== "live" ? POLLED_MS : false),
  });
  if (id === null) return <Empty title={t.exercise.noVerdict} hint={t.exercise.noVerdictHint} />;
  const submission = query.data;
  const verdict = submission?.verdict ?? judging?.summary?.verdict;
  const tests: TestProgress[] = submission?.tests.length ? submission.tests : (judging?.tests ?? []);
  const total = verdict ? tests.length : (judging?.testsTotal ?? null);
  return (
    <div className={styles.verdict}>
      <div className={styles.headline} role="status">
        {verdict ? <Verdict verdict={verdict} /> : <Waiting judging={judging} submission={submission} />}
        {verdict && <strong>{t.judging.points(submission?.points ?? judging?.summary?.points ?? 0, submission?.points_max ?? exercise.points)}</strong>}
        {(submission?.judgements.length ?? 0) > 1 && <Badge kind="warm">{t.judging.rejudged}</Badge>}
        {total !== null && !verdict && <span>{t.judging.progress(tests.length, total)}</span>}
      </div>
      {verdict && <p>{named(t.verdictHint, verdict)}</p>}
      {!verdict && state === "lost" && <Notice kind="still"><div>{t.judging.lost}</div></Notice>}
      <Cells tests={tests} total={total ?? tests.length} />
      {query.error && <ProblemNotice error={query.error} onAgain={() => void query.refetch()} />}
      {submission?.compile_output && <Pair parts={[[t.exercise.compileOutput, submission.compile_output]]} differs />}
      {submission?.verdict && <SampleOutputs exercise={exercise} submission={submission} />}
      {tests.length > 0 && <Results tests={tests} />}
      {submission && <Source submission={submission} onRestore={onRestore} />}
    </div>
  );
}

function Waiting({ judging, submission }: { judging: Judging | undefined; submission: Submission | undefined }) {
  const t = useMessages();
  if (judging?.testsTotal) return <Badge kind="cool">{t.judging.judging}</Badge>;
  const queue = judging?.queue ?? submission?.queue;
  if (!queue) return <Badge kind="cool">{t.judging.received}</Badge>;
  return (
    <>
      <Badge kind="cool">{t.judging.queued(queue.place)}</Badge>
      {queue.wait_seconds !== undefined && queue.wait_seconds !== null && <span>{t.judging.wait(queue.wait_seconds)}</span>}
    </>
  );
}

/** A small field for each test, filled as it ends. */
function Cells({ tests, total }: { tests: TestProgress[]; total: number }) {
  const t = useMessages();
  const byOrdinal = new Map(tests.map((test) => [test.ordinal, test]));
  const count = Math.max(total, ...tests.map((test) => test.ordinal), 0);
  const ordinals = Array.from({ length: count }, (_, index) => index + 1);
  return (
    <ol className={styles.cells}>
      {ordinals.map((ordinal) => {
        const verdict = byOrdinal.get(ordinal)?.verdict;
        const title = `${t.judging.test} ${ordinal}: ${verdict ? named(t.verdict, verdict) : t.judging.notRun}`;
        return (
          <li key={ordinal} className={styles.cell} data-verdict={verdict} title={title}>
            <span aria-hidden="true">{verdict === undefined ? ordinal : verdict === "accepted" ? "✓" : "✗"}</span>
            <span className="hidden-text">{title}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** Of each sample that failed: what was expected beside what was printed. */
function SampleOutputs({ exercise, submission }: { exercise: Exercise; submission: Submission }) {
  const t = useMessages();
  // Another revision may have had other samples.
  if (submission.revision !== exercise.revision) return null;
  const samples = submission.tests.filter((test) => test.group === "sample");
  return samples.map((test, index) => {
    const sample = exercise.samples[index];
    if (!sample || test.verdict === "accepted" || test.output === undefined || test.output === null) return null;
    return (
      <section key={test.ordinal} className={styles.sample} aria-label={t.exercise.sample(index + 1)}>
        <h3>{t.exercise.sample(index + 1)}</h3>
        <Pair parts={[[t.exercise.input, sample.input], [t.exercise.expected, sample.expected], [t.exercise.got, test.output]]} differs />
      </section>
    );
  });
}

function Results({ tests }: { tests: TestProgress[] }) {
  const t = useMessages();
  const format = useFormat();
  return (
    <div className={styles.results} tabIndex={0} role="region" aria-label={t.judging.result}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.judging.test}</th>
            <th scope="col">{t.judging.group}</th>
            <th scope="col">{t.judging.result}</th>
            <th scope="col" className="number">{t.judging.cpu}</th>
            <th scope="col" className="number">{t.judging.memory}</th>
          </tr>
        </thead>
        <tbody>
          {tests.map((test) => (
            <tr key={test.ordinal}>
              <td>{test.ordinal}</td>
              <td>{test.group === "sample" ? t.judging.sample : t.judging.hidden}</td>
              <td><Verdict verdict={test.verdict} /> <ExceededNote exceeded={test.exceeded} /></td>
              <td className="number">{format.milliseconds(test.cpu_ms)}</td>
              <td className="number">{format.kibibytes(test.memory_kib)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Source({ submission, onRestore }: { submission: Submission; onRestore: (source: string, language: string) => void }) {
  const t = useMessages();
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.exercise.showSource}</summary>
      {open && (
        <div className={styles.verdict}>
          <pre className={styles.text} tabIndex={0} aria-label={t.exercise.showSource}>{submission.source}</pre>
          <div><Button small onClick={() => onRestore(submission.source, submission.language)}>{t.exercise.restore}</Button></div>
        </div>
      )}
    </details>
  );
}

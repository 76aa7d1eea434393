import type { UseMutationResult } from "@tanstack/react-query";
import { Empty, Loading } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import type { Exercise, Ran } from "./api";
import { ExceededNote } from "./ExceededNote";
import { Pair } from "./Pair";
import styles from "./solving.module.css";

interface Props {
  exercise: Exercise;
  running: UseMutationResult<Ran, Error, void>;
  ownInput: boolean;
}

/** What a run printed: beside what was expected, where that is known. */
export function TryResult({ exercise, running, ownInput }: Props) {
  const t = useMessages();
  if (running.isPending) return <Loading />;
  if (running.error) return <ProblemNotice error={running.error} />;
  if (!running.data) return <Empty title={t.exercise.noTry} hint={t.exercise.noTryHint} />;
  const { tests, compile_output: said, verdict } = running.data;
  return (
    <div className={styles.verdict} aria-live="polite">
      {said && <Pair parts={[[t.exercise.compileOutput, said]]} differs />}
      {tests.length === 0 && verdict && <div><Verdict verdict={verdict} /></div>}
      {tests.map((test, index) => (
        <RanTest key={test.ordinal} test={test} sample={ownInput || verdict === null && tests.length === 1 ? undefined : exercise.samples[index]} title={t.exercise.sample(index + 1)} />
      ))}
    </div>
  );
}

function RanTest({ test, sample, title }: { test: Ran["tests"][number]; sample: Exercise["samples"][number] | undefined; title: string }) {
  const t = useMessages();
  const format = useFormat();
  const got = test.output ?? "";
  const parts: [string, string][] = sample
    ? [[t.exercise.input, sample.input], [t.exercise.expected, sample.expected], [t.exercise.got, got]]
    : [[t.exercise.output, got]];
  return (
    <section className={styles.sample} aria-label={sample ? title : t.exercise.output}>
      <div className={styles.headline}>
        {sample && <h3>{title}</h3>}
        {test.verdict ? <Verdict verdict={test.verdict} /> : <span>{t.judging.ranFine}</span>}
        <span className={styles.facts}>{format.milliseconds(test.cpu_ms)} · {format.kibibytes(test.memory_kib)}</span>
      </div>
      <ExceededNote exceeded={test.exceeded} />
      <Pair parts={parts} differs={test.verdict !== null && test.verdict !== "accepted"} />
    </section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Markdown } from "../../components/Markdown";
import { Badge, Card, Notice } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import { session, writes } from "../../lib/session";
import { useStore } from "../../lib/store";
import { type Exercise, exerciseQuery, statisticsQuery } from "./api";
import { Pair } from "./Pair";
import { Workbench } from "./Workbench";
import styles from "./solving.module.css";

const AuthorTools = lazy(() => import("./AuthorTools"));

export function ExercisePage() {
  const { slug } = useParams({ from: "/exercises/$slug" });
  const query = useQuery(exerciseQuery(slug));
  return <Read query={query}>{(exercise) => <Solving key={exercise.slug} exercise={exercise} />}</Read>;
}

function Solving({ exercise }: { exercise: Exercise }) {
  const t = useMessages();
  const format = useFormat();
  const caller = useStore(session);
  const wroteIt = caller !== null && writes(caller) && (caller.learnerId === exercise.author_id || caller.roles.includes("admin"));
  const seconds = format.number(exercise.limits.cpu_ms / 1_000);
  const mebibytes = format.number(Math.round(exercise.limits.memory_kib / 1_024));
  return (
    <div className={styles.page}>
      <title>{`${exercise.title} · Laurel`}</title>
      <div className={styles.left}>
        <header>
          <h1 lang="en">{exercise.title}</h1>
          <div className={styles.facts}>
            <Badge>{named(t.difficulty, exercise.difficulty)}</Badge>
            <span>{named(t.categories, exercise.category)}</span>
            <span>{t.catalogue.points(exercise.points)}</span>
            <span>{t.exercise.limits(seconds, mebibytes)}</span>
          </div>
        </header>
        {exercise.status === "archived" && <Notice kind="still"><div>{t.exercise.archived}</div></Notice>}
        {exercise.status === "draft" && <Notice><div>{t.exercise.draft}</div></Notice>}
        {wroteIt && <Suspense><AuthorTools exercise={exercise} /></Suspense>}
        <Card aria-label={t.exercise.statement}><Markdown text={exercise.statement} /></Card>
        <Card aria-labelledby="samples" className={styles.samples}>
          <h2 id="samples">{t.exercise.samples}</h2>
          {exercise.samples.map((sample, index) => (
            // Samples have no name but their place.
            <div key={index} className={styles.sample}>
              <h3>{t.exercise.sample(index + 1)}</h3>
              <Pair parts={[[t.exercise.input, sample.input], [t.exercise.expected, sample.expected]]} />
            </div>
          ))}
        </Card>
        <Statistics slug={exercise.slug} />
      </div>
      <Workbench exercise={exercise} />
    </div>
  );
}

function Statistics({ slug }: { slug: string }) {
  const t = useMessages();
  const format = useFormat();
  const query = useQuery(statisticsQuery(slug));
  const share = (value: number | null | undefined) => (value === null || value === undefined ? "–" : format.percent(value));
  return (
    <Card aria-labelledby="statistics" className={styles.samples}>
      <h2 id="statistics">{t.exercise.statistics}</h2>
      <Read query={query}>
        {(found) => (
          <dl className={styles.statistics}>
            <div><dt>{t.exercise.acceptance}</dt><dd>{share(found.acceptance)}</dd></div>
            <div><dt>{t.exercise.solvedBy}</dt><dd>{format.number(found.solved)} / {format.number(found.tried)}</dd></div>
            <div><dt>{t.exercise.firstTries}</dt><dd>{format.number(found.first_tries)}</dd></div>
            <div><dt>{t.exercise.medianTime}</dt><dd>{found.time_to_solve_s_median === null || found.time_to_solve_s_median === undefined ? "–" : format.duration(found.time_to_solve_s_median)}</dd></div>
          </dl>
        )}
      </Read>
      <Link to="/boards/$scope" params={{ scope: `exercise:${slug}` }}>{t.exercise.board}</Link>
    </Card>
  );
}

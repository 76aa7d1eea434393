import type { Schemas } from "../../lib/api";
import type { LiveMessage } from "../../lib/live";

export type Summary = Schemas["SubmissionSummary"];

export interface TestProgress {
  ordinal: number;
  group: string;
  verdict: string;
  cpu_ms: number;
  memory_kib: number;
  exceeded?: Exceeded | null;
}

export interface Exceeded {
  limit: string;
  measured: number;
  allowed: number;
}

interface Progress {
  submission_id: string;
  delivery: number;
  tests_total: number;
  test: TestProgress | null;
}

/** What is known of one submission while it is judged. */
export interface Judging {
  id: string;
  summary: Summary | null;
  queue: { place: number; wait_seconds?: number } | null;
  /** Which try of a judge the tests are of: a judge may die, and another begins anew. */
  delivery: number;
  testsTotal: number | null;
  tests: TestProgress[];
}

export type Judgings = ReadonlyMap<string, Judging>;

export function begun(id: string): Judging {
  return { id, summary: null, queue: null, delivery: 0, testsTotal: null, tests: [] };
}

/** Everything known after one more message of the live stream. A verdict comes from `judged` alone. */
export function heard(known: Judgings, { event, data }: LiveMessage): Judgings {
  if (event === "received" || event === "judged") {
    const { submission } = data as { submission: Summary };
    const before = known.get(submission.submission_id) ?? begun(submission.submission_id);
    return withOne(known, { ...before, summary: submission, queue: submission.verdict ? null : before.queue });
  }
  if (event === "queue") {
    const { submission_id: id, ...queue } = data as { submission_id: string; place: number; wait_seconds?: number };
    const before = known.get(id) ?? begun(id);
    return before.summary?.verdict ? known : withOne(known, { ...before, queue });
  }
  return event === "progress" ? progressed(known, data as Progress) : known;
}

function progressed(known: Judgings, progress: Progress): Judgings {
  const before = known.get(progress.submission_id) ?? begun(progress.submission_id);
  if (progress.delivery < before.delivery || before.summary?.verdict) return known;
  const kept = progress.delivery === before.delivery ? before.tests : [];
  const { test } = progress;
  const others = test ? kept.filter((one) => one.ordinal !== test.ordinal) : kept;
  const tests = test ? [...others, test].sort((one, other) => one.ordinal - other.ordinal) : kept;
  return withOne(known, { ...before, queue: null, delivery: progress.delivery, testsTotal: progress.tests_total, tests });
}

function withOne(known: Judgings, judging: Judging): Judgings {
  return new Map(known).set(judging.id, judging);
}

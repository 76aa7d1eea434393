import { expect, it } from "vitest";
import type { LiveMessage } from "../../lib/live";
import { heard, type Judgings } from "./judging";

const ID = "s1";

function progress(delivery: number, ordinal: number | null, verdict = "accepted"): LiveMessage {
  const test = ordinal === null ? null : { ordinal, group: "hidden", verdict, cpu_ms: 1, memory_kib: 1 };
  return { event: "progress", data: { submission_id: ID, delivery, tests_total: 3, test } };
}

function submission(event: "received" | "judged", verdict?: string): LiveMessage {
  return { event, data: { position: "07.1", submission: { submission_id: ID, ...(verdict && { verdict }) } } };
}

function after(...messages: LiveMessage[]) {
  return messages.reduce<Judgings>(heard, new Map()).get(ID);
}

it("tests come in whatever order and stand in theirs", () => {
  const judging = after(progress(1, null), progress(1, 2), progress(1, 1), progress(1, 2, "wrong_answer"));
  expect(judging?.tests.map((test) => [test.ordinal, test.verdict])).toEqual([[1, "accepted"], [2, "wrong_answer"]]);
  expect(judging?.testsTotal).toBe(3);
});

it("a judge that took over begins anew, and what the first still says counts no more", () => {
  const judging = after(progress(1, 1), progress(1, 2), progress(2, 1, "wrong_answer"), progress(1, 3));
  expect(judging?.tests.map((test) => test.verdict)).toEqual(["wrong_answer"]);
});

it("a place in the queue is shown until judging begins", () => {
  const queued: LiveMessage = { event: "queue", data: { submission_id: ID, place: 2, wait_seconds: 3 } };
  expect(after(submission("received"), queued)?.queue).toEqual({ place: 2, wait_seconds: 3 });
  expect(after(queued, progress(1, null))?.queue).toBeNull();
  expect(after(submission("judged", "accepted"), queued)?.queue).toBeNull();
});

it("a verdict stays whatever is heard afterwards", () => {
  const judging = after(progress(1, 1), submission("judged", "accepted"), progress(2, 1, "wrong_answer"));
  expect([judging?.summary?.verdict, judging?.tests[0]?.verdict]).toEqual(["accepted", "accepted"]);
});

import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, body, type Schemas } from "../../lib/api";
import { type LiveMessage, type LiveState, LiveStream } from "../../lib/live";
import { written } from "../../lib/positions";
import { heard, type Judgings } from "./judging";

export type Exercise = Schemas["ExerciseDetail"];
export type Submission = Schemas["SubmissionDetail"];
export type Ran = Schemas["Ran"];

export const exerciseQuery = (slug: string) =>
  queryOptions({
    queryKey: ["exercise", slug],
    queryFn: ({ signal }) => body(api.GET("/v1/exercises/{slug}", { params: { path: { slug } }, signal })),
    staleTime: 60_000,
  });

export const statisticsQuery = (slug: string) =>
  queryOptions({
    queryKey: ["exercise", slug, "statistics"],
    queryFn: ({ signal }) => body(api.GET("/v1/exercises/{slug}/statistics", { params: { path: { slug } }, signal })),
  });

export const languagesQuery = queryOptions({
  queryKey: ["languages"],
  queryFn: ({ signal }) => body(api.GET("/v1/languages", { signal })),
  staleTime: 30_000,
});

export const submissionQuery = (id: string) =>
  queryOptions({
    queryKey: ["submission", id],
    queryFn: ({ signal }) => body(api.GET("/v1/submissions/{id}", { params: { path: { id } }, signal })),
  });

export const historyQuery = (slug: string) =>
  queryOptions({
    queryKey: ["submissions", slug],
    queryFn: ({ signal }) => {
      const query = { exercise: slug, limit: "100" };
      return body(api.GET("/v1/me/submissions", { params: { query }, signal }));
    },
  });

export function submit(slug: string, solution: { language: string; source: string }, key: string): Promise<Schemas["Submitted"]> {
  const params = { path: { slug }, header: { "Idempotency-Key": key } };
  return body(api.POST("/v1/exercises/{slug}/submissions", { params, body: solution }));
}

export function run(slug: string, attempt: { language: string; source: string; input?: string }): Promise<Ran> {
  return body(api.POST("/v1/exercises/{slug}/runs", { params: { path: { slug } }, body: attempt }));
}

/** The caller's submissions as they are judged, on one stream, while somebody looks. */
export function useJudgings(learnerId: string | null): { judgings: Judgings; state: LiveState } {
  const queries = useQueryClient();
  const [judgings, setJudgings] = useState<Judgings>(new Map());
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    if (learnerId === null) return;
    const onMessages = (messages: LiveMessage[]) => {
      setJudgings((known) => messages.reduce(heard, known));
      const judged = messages.filter((message) => message.event === "judged");
      for (const { data } of judged) {
        const { position, submission } = data as { position: string; submission: { submission_id: string } };
        // Whoever answers next must know the verdict too.
        written.note(position);
        void queries.invalidateQueries({ queryKey: ["submission", submission.submission_id] });
      }
      if (judged.length === 0) return;
      for (const name of ["submissions", "progress", "exercise", "profile"]) void queries.invalidateQueries({ queryKey: [name] });
    };
    const stream = new LiveStream({ query: { submissions: "mine" }, asMyself: true, onMessages, onState: setState });
    return () => {
      stream.close();
      setJudgings(new Map());
      setState("connecting");
    };
  }, [queries, learnerId]);
  return { judgings, state };
}

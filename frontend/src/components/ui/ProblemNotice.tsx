import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type Messages, useLanguage, useMessages } from "../../lib/i18n";
import { isOffline, Problem, waitsForPosition } from "../../lib/problem";
import { Button, Loading, Notice } from ".";

/** What happened and what to do, in the reader's language. */
export function explained(error: unknown, t: Messages, language: string): string {
  if (isOffline(error)) return t.problem.offline;
  if (!(error instanceof Problem)) return t.problem.internal;
  const known = (t.problem.codes as Record<string, string>)[error.code];
  if (known) return known;
  // What the server says of a code we have no words for is better than nothing, but it is English.
  return language === "en" && error.status < 500 ? error.message : t.problem.internal;
}

export function ProblemNotice({ error, onAgain }: { error: unknown; onAgain?: () => void }) {
  const t = useMessages();
  const language = useLanguage();
  const requestId = error instanceof Problem ? error.requestId : null;
  return (
    <Notice kind="wrong">
      <div>
        <strong>{t.problem.title}.</strong> {explained(error, t, language)}
        {requestId && <><br /><small>{t.problem.requestId}: <code>{requestId}</code></small></>}
      </div>
      {onAgain && <Button small onClick={onAgain}>{t.problem.again}</Button>}
    </Notice>
  );
}

/** A read in each state it can be in; what was read once stays while it is read again. */
export function Read<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const t = useMessages();
  const waits = waitsForPosition(query.failureReason);
  return (
    <>
      {waits && query.isFetching && <Notice>{t.problem.waiting}</Notice>}
      {query.error && <ProblemNotice error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined ? children(query.data) : query.error ? null : <Loading />}
    </>
  );
}

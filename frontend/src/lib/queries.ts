import { QueryClient } from "@tanstack/react-query";
import { isOffline, Problem, waitsForPosition } from "./problem";

const TRIES_MAX = 4;

/** Reads that may succeed by themselves soon are asked again, when the server says so. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  // Behind our own writes: the wait is known to end.
  if (waitsForPosition(error)) return failures < 30;
  return failures < TRIES_MAX && (isOffline(error) || (error instanceof Problem && error.isPassing));
}

export function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof Problem ? error.retryAfterMs : null;
  return Math.min(asked ?? 500 * 2 ** failures, 15_000);
}

export function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: isWorthRetrying, retryDelay, staleTime: 5_000 },
      // A command is repeated by who gave it: only they know whether they still mean it.
      mutations: { retry: false },
    },
  });
}

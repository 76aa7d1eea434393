import { QueryClient } from "@tanstack/react-query";
import { written } from "./positions";
import { isOffline, Problem, waitsForPosition } from "./problem";

const TRIES_MAX = 4;
const WAITS_MAX = 30;

/** Reads that may succeed by themselves soon are asked again, when the server says so. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  if (waitsForPosition(error)) {
    // Behind our own writes: the wait is known to end, unless the log itself is another one, as after a restore. Then what
    // was written is nowhere, and the read is asked once more as by somebody who wrote nothing.
    if (failures === WAITS_MAX) written.forget();
    return failures <= WAITS_MAX;
  }
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

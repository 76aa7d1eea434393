/** A refusal as the API words it (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  /** Stable, what a program looks at. */
  readonly code: string;
  readonly field: string | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  /** Everything that was said, for kinds of problems that say more. */
  readonly members: Record<string, unknown>;

  constructor(status: number, body: unknown, headers: Headers) {
    const members = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    const text = (name: string) => (typeof members[name] === "string" ? members[name] : null);
    super(text("detail") ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.members = members;
    this.code = text("code") ?? (status >= 500 ? "internal" : "unknown");
    this.field = text("field");
    this.requestId = text("request_id") ?? headers.get("x-request-id");
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
  }

  /** Whether asking again later may help. */
  get isPassing(): boolean {
    return this.status === 503 || this.status === 502 || this.status === 504;
  }
}

/** Codes of reads that have not come as far as this tab has written. */
export function waitsForPosition(error: unknown): boolean {
  return error instanceof Problem && error.code === "not_caught_up";
}

/** What `fetch` throws when nothing was reached. */
export function isOffline(error: unknown): boolean {
  return error instanceof TypeError;
}

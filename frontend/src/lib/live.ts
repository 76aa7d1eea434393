import { accessToken } from "./session";

/** `lost` while it is tried again. */
export type LiveState = "connecting" | "live" | "lost";

export interface LiveMessage {
  event: string;
  data: unknown;
}

const EVENTS = ["ready", "received", "judged", "progress", "queue", "board", "board_changes", "you"];
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];
/** A stream that lives so long has come back; one that ends sooner failed again. */
const STEADY_MS = 10_000;

interface Wanted {
  query: Record<string, string>;
  /** Whether the stream is for the caller alone. */
  asMyself: boolean;
  onMessages: (messages: LiveMessage[]) => void;
  onState: (state: LiveState) => void;
}

/**
 * A live stream that comes back by itself: with a fresh token, and from the last id it heard. Messages are handed on once a
 * frame, all together, so a busy board costs one drawing a frame however often it moves.
 */
export class LiveStream {
  readonly #wanted: Wanted;
  #source: EventSource | null = null;
  #lastId = "";
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #steady: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  #queued: LiveMessage[] = [];
  #closed = false;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    addEventListener("online", this.#now);
    addEventListener("offline", this.#lost);
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#lost);
  }

  async #open(): Promise<void> {
    const query = new URLSearchParams(this.#wanted.query);
    if (this.#lastId) query.set("last_event_id", this.#lastId);
    try {
      const token = this.#wanted.asMyself ? await accessToken() : null;
      if (token) query.set("access_token", token);
    } catch {
      this.#lost();
      return;
    }
    if (this.#closed) return;
    this.#drop();
    const source = new EventSource(`/v1/live?${query}`);
    this.#source = source;
    source.onopen = () => {
      this.#steady = setTimeout(() => {
        this.#failures = 0;
      }, STEADY_MS);
      this.#wanted.onState("live");
    };
    // The browser would come back with the same token and the first id, so we do it ourselves.
    source.onerror = () => this.#lost();
    source.addEventListener("end", () => this.#lost());
    for (const event of EVENTS) {
      source.addEventListener(event, (message) => {
        const { data, lastEventId } = message as MessageEvent<string>;
        if (lastEventId) this.#lastId = lastEventId;
        this.#hear({ event, data: JSON.parse(data) as unknown });
      });
    }
  }

  #hear(message: LiveMessage): void {
    this.#queued.push(message);
    // A page in the background gets no frames.
    if (document.hidden) this.#tell();
    else this.#frame ??= requestAnimationFrame(this.#tell);
  }

  readonly #tell = (): void => {
    this.#frame = undefined;
    const messages = this.#queued;
    this.#queued = [];
    if (messages.length > 0) this.#wanted.onMessages(messages);
  };

  readonly #now = (): void => {
    clearTimeout(this.#timer);
    this.#failures = 0;
    void this.#open();
  };

  readonly #lost = (): void => {
    if (this.#closed) return;
    this.#drop();
    this.#wanted.onState("lost");
    clearTimeout(this.#timer);
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 10_000;
    this.#failures += 1;
    // Where a server ended, everybody's streams come back, and not all at the same moment.
    this.#timer = setTimeout(() => void this.#open(), delay * (0.5 + Math.random()));
  };

  #drop(): void {
    clearTimeout(this.#steady);
    this.#source?.close();
    this.#source = null;
  }
}

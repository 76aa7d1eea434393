/** The browser's EventSource, which jsdom has none of: a test says what comes. */
export class Streams {
  static readonly opened: Streams[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;
  readonly #listeners = new Map<string, (event: unknown) => void>();

  constructor(readonly url: string) {
    Streams.opened.push(this);
  }

  addEventListener(event: string, listener: (event: unknown) => void): void {
    this.#listeners.set(event, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  says(event: string, data: unknown): void {
    this.#listeners.get(event)?.({ data: JSON.stringify(data), lastEventId: "" });
  }
}

// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LiveStream } from "./live";
import { Streams } from "./live.testing";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Streams);
  Streams.opened.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

/** The stream opens, lives so long and ends; after how long the next is opened. */
async function cameBackAfter(livedMs: number): Promise<number> {
  const before = Streams.opened.length;
  const current = Streams.opened.at(-1);
  current?.onopen?.();
  await vi.advanceTimersByTimeAsync(livedMs);
  current?.onerror?.();
  let waited = 0;
  while (Streams.opened.length === before && waited < 60_000) {
    await vi.advanceTimersByTimeAsync(50);
    waited += 50;
  }
  return waited;
}

it("streams come back each at a moment of its own, and later when they keep ending", async () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
  const stream = new LiveStream({ query: {}, asMyself: false, onMessages: () => undefined, onState: () => undefined });
  await settled();
  expect([await cameBackAfter(0), await cameBackAfter(9_000), await cameBackAfter(0)]).toEqual([500, 1_000, 2_000]);
  // It lived: whatever happens now is no failure of before.
  expect(await cameBackAfter(10_000)).toBe(500);
  random.mockReturnValue(0);
  expect(await cameBackAfter(0)).toBe(500);
  random.mockReturnValue(0.95);
  expect(await cameBackAfter(0)).toBe(2_900);
  stream.close();
});

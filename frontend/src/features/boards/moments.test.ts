import { expect, it } from "vitest";
import { instant, moments, SPANS } from "./moments";

it("steps end exactly at the slider's end", () => {
  const until = Date.parse("2026-11-21T10:00:00.500Z");
  for (const span of SPANS) {
    const { from, step } = moments(span, until);
    expect(Number.isInteger((until - from) / step)).toBe(true);
  }
});

it("moments are whole seconds", () => {
  expect(instant(Date.parse("2026-11-21T10:00:00.999Z"))).toBe("2026-11-21T10:00:00Z");
});

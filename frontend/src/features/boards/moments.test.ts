import { expect, it } from "vitest";
import { instant, moment, moments, SPANS } from "./moments";

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

it("an address that names no time names none", () => {
  expect([moment("rubbish"), moment(""), moment(undefined), moment("2026-11-21T10:00:00Z")]).toEqual([undefined, undefined, undefined, "2026-11-21T10:00:00Z"]);
});

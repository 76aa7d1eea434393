import { expect, it } from "vitest";
import { calendar, curve, type Day } from "./days";

function day(name: string, submissions: number, points: number, points_total: number): Day {
  return { day: name, submissions, accepted: 0, solved: 0, points, points_total };
}

it("the calendar begins on a Monday and ends on the last day", () => {
  const squares = calendar([day("2026-11-19", 4, 0, 0), day("2026-11-20", 1, 0, 0)], "2026-11-18", "2026-11-21");
  expect(squares.map((square) => [square.day.slice(8), square.level])).toEqual([
    ["16", 0], ["17", 0], ["18", 0], ["19", 4], ["20", 1], ["21", 0],
  ]);
});

it("the curve rises to its top and stays level until today", () => {
  const drawn = curve([day("2026-11-19", 1, 10, 10), day("2026-11-20", 1, 10, 20)], "2026-11-22", 100, 50);
  expect(drawn).toEqual({ line: "M0 50H20V25H40V0H100", area: "M0 50H20V25H40V0H100V50H0Z", most: 20 });
  expect(curve([], "2026-11-22", 100, 50)).toBeNull();
});

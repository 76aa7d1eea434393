import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { en } from "./en";
import { staffEn } from "./staff/en";
import { staffVi } from "./staff/vi";
import { vi } from "./vi";

/** Names, formats and words that both languages write the same. */
const SAME = /^(app\.api|board\.csv|exercise\.(limits|runKeys|submitKeys)|judging\.(cpu|wait)|board\.cpu|limitNames\..*|achievements\.day-10\.0|languageName)$/;

function* texts(table: unknown, path = ""): Generator<[string, string]> {
  if (typeof table === "string") yield [path, table];
  else if (typeof table === "function") yield [path, String(table(2, 3, 4))];
  else for (const [key, value] of Object.entries(table as object)) yield* texts(value, path ? `${path}.${key}` : key);
}

it("everything is said in Vietnamese too", () => {
  const english = new Map(texts({ ...en, staff: staffEn }));
  const vietnamese = new Map(texts({ ...vi, staff: staffVi }));
  expect([...vietnamese.keys()].sort()).toEqual([...english.keys()].sort());
  const untranslated = [...english].filter(([path, text]) => vietnamese.get(path) === text && !SAME.test(path));
  expect(untranslated).toEqual([]);
});

it("every achievement has words", () => {
  const rules = readFileSync(new URL("../../../../events/src/achievement.rs", import.meta.url), "utf8");
  const ids = [...rules.matchAll(/^ {4}rule\("([a-z0-9-]+)"/gm)].map((match) => match[1]);
  expect(ids.length).toBeGreaterThan(30);
  expect(Object.keys(en.achievements).sort()).toEqual(ids.sort());
});

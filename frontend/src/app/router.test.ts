import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("query-api answers every address of the page, and the page knows each of them", () => {
  const server = readFileSync(new URL("../../../query-api/src/page.rs", import.meta.url), "utf8");
  const list = /const PAGES[^=]*= &\[([^\]]*)\]/.exec(server)?.[1] ?? "";
  const served = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]?.replaceAll(/\{(\w+)\}/g, "$$$1"));
  const router = readFileSync(new URL("router.tsx", import.meta.url), "utf8");
  const known = [...router.matchAll(/path: "([^"]+)"/g)].map((match) => match[1]);
  expect(served.sort()).toEqual(known.sort());
});

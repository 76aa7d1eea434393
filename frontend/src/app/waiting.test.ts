// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { LANGUAGES } from "../lib/i18n";

it("where the script does not come, the page says so in each language and can be loaded again; else nothing of it stays", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const file = readFileSync(resolve(import.meta.dirname, "../../index.html"), "utf8");
  const page = new DOMParser().parseFromString(file, "text/html").querySelector("#page");
  const said = [...(page?.querySelectorAll("p") ?? [])];
  expect(said.map((one) => one.lang).sort()).toEqual(Object.keys(LANGUAGES).sort());
  expect(said.map((one) => one.querySelector("a")?.getAttribute("href"))).toEqual(said.map(() => ""));
  await act(async () => createRoot(page as Element).render(createElement("main")));
  expect(page?.innerHTML).toBe("<main></main>");
});

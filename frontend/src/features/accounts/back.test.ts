// @vitest-environment jsdom
import { expect, it } from "vitest";
import { local } from "./back";

it.each(["/", "/exercises/sum", "/boards/global?window=week#table", "/join/a%2Fb"])("%s is an address of the page", (back) => {
  expect(local(back)).toBe(back);
});

it.each(["//x", "/\\x", "\\\\x", "https://x", "/\t/x", "/\n/x", "/.//x", "/..//x", "javascript:alert(1)", "exercises", "//[", "", undefined])("%j leads to the exercises", (back) => {
  expect(local(back)).toBe("/exercises");
});

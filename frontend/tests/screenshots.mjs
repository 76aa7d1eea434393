// Makes the pictures of README.md and docs/page.md: a class that has solved some of the catalogue, on the main pages.
// Usage: [LAUREL_PAGE_FOLDER=…] [LAUREL_PROGRAM=…] node tests/screenshots.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, signedIn, visitor } from "./browser.mjs";
import { register, solve, SOLUTIONS, start } from "./system.mjs";

const REPO = new URL("../..", import.meta.url).pathname;
const HANDLES = ["ada", "grace", "radia", "barbara", "edsger", "hedy", "alan", "margaret", "donald"];

const PICTURES = [
  ["landing", "/", { colorScheme: "light" }],
  ["exercise", "/exercises/museum-tickets", { colorScheme: "dark" }],
  ["board", "/boards/global", { colorScheme: "light" }],
  ["progress", "/learners/ada", { colorScheme: "dark" }],
];

const system = await start();
const browser = await launch();
try {
  const known = Object.entries(SOLUTIONS);
  const tokens = [];
  for (const [index, handle] of HANDLES.entries()) {
    const own = await register(system.address, handle);
    tokens.push(own);
    // Each a different part of the catalogue, the first the most.
    for (const [slug, source] of known.slice(index, index + 11 - index)) await solve(system.address, own.access_token, slug, source);
  }
  mkdirSync(join(REPO, "docs/images"), { recursive: true });
  for (const [name, path, options] of PICTURES) {
    const faults = [];
    const { context, page } = await visitor(browser, system.address, faults, { viewport: { width: 1200, height: 780 }, ...options });
    if (path !== "/") await signedIn(context, tokens[0]);
    await page.goto(path);
    if (name === "exercise") {
      await page.locator(".cm-content").click();
      await page.keyboard.insertText("people = int(input())\ntotal = 0\nfor _ in range(people):\n    age = int(input())\n    # free for the smallest\n    if age > 5:\n        total += 4 if age <= 17 else 11\n\nprint(total)\n");
      await page.getByRole("button", { name: /^Submit/ }).click();
      await page.getByRole("status").getByText("Wrong answer").waitFor();
    }
    await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
    if (name === "exercise") await page.setViewportSize({ width: 1200, height: 1_180 });
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(REPO, `docs/images/${name}.png`), animations: "disabled" });
    await context.close();
    if (faults.length > 0) console.error(faults.join("\n"));
  }
} finally {
  await browser.close();
  await system.end();
}

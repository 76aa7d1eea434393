// What holds on every page: nothing for axe to find, no sideways scrolling on a phone, every word in both languages.
import { createRequire } from "node:module";
import { expectNone, signedIn, visitor } from "../browser.mjs";
import { ask, grant, solve, SOLUTIONS } from "../system.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Each page's address, and something that is there once it is complete. */
const PAGES = {
  "/": "main [role=row] a",
  "/exercises": "article",
  "/exercises/museum-tickets": ".cm-content",
  "/boards/global": "[role=row] a",
  "/boards/global?as_of=NOW": "input[type=range]",
  "/wall/global": "[role=row] a",
  "/learners/everywhere": "svg[role=img]",
  "/classes": "form",
  "/join/ABCD-EFGH": "h1",
  "/sign-in": "form",
  "/register": "form",
  "/author": "form",
  "/operations": "[role=group] table",
  "/classes/CLASS": "h2",
};

/** A class of theirs, for its page. */
async function classOf(address, { access_token: token }) {
  const { json } = await ask(address, "/v1/cohorts", { token, body: { name: "Everywhere" } });
  return json.cohort_id;
}

async function everyPage(browser, { address, faults }, options, look) {
  const { context, page } = await visitor(browser, address, faults, options);
  await signedIn(context, options.tokens);
  for (const [path, complete] of Object.entries(PAGES)) {
    await page.goto(path.replace("CLASS", options.cohort).replace("NOW", new Date(Date.now() - 5_000).toISOString().slice(0, 19) + "Z"));
    await page.locator(complete).first().waitFor({ state: "attached" });
    await look(page, path);
  }
  await context.close();
}

async function axe(page, path) {
  // Run as the page itself could not, whose policy takes no script of others.
  await page.addScriptTag({ path: AXE }).catch(() => undefined);
  const found = await page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map((one) => `${one.impact} ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`);
  }, STANDARDS);
  return found.map((text) => `${path}: ${text}`);
}

export const journeys = {
  "axe finds nothing on any page, in either theme and language": async (world) => {
    const tokens = await grant(world.system, "everywhere", ["author", "instructor", "operator"]);
    const cohort = await classOf(world.address, tokens);
    await solve(world.address, tokens.access_token, "museum-tickets", SOLUTIONS["museum-tickets"]);
    const found = [];
    const looks = process.env.LAUREL_EVERY_LOOK
      ? [["light", "en-GB"], ["dark", "en-GB"], ["light", "vi-VN"], ["dark", "vi-VN"]]
      : [["light", "en-GB"], ["dark", "vi-VN"]];
    for (const [colorScheme, locale] of looks) {
      const options = { colorScheme, locale, tokens, cohort, bypassCSP: true, reducedMotion: "reduce" };
      await everyPage(world.browser, world, options, async (page, path) => {
        found.push(...(await axe(page, `${path} ${colorScheme} ${locale}`)));
        const words = await page.locator("body").innerText();
        if (/\bundefined\b|\[object|NaN/.test(words)) found.push(`${path} ${locale}: a word is missing`);
        if (locale === "vi-VN" && (await page.locator("html").getAttribute("lang")) !== "vi") found.push(`${path}: not in Vietnamese`);
      });
    }
    expectNone(found, "axe");
  },

  "nothing scrolls sideways on a narrow phone": async (world) => {
    const tokens = await grant(world.system, "narrow", ["author", "instructor", "operator"]);
    const cohort = await classOf(world.address, tokens);
    const found = [];
    const options = { tokens, cohort, viewport: { width: 320, height: 640 } };
    await everyPage(world.browser, world, options, async (page, path) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`${path}: ${wide} px too wide`);
    });
    expectNone(found, "at 320 px");
  },
};

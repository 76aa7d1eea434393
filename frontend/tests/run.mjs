// Everything about the page that is tested, against a real system: types, lints, logic, size, journeys.
// Usage: LAUREL_PAGE_FOLDER=… node tests/run.mjs [PART OF A JOURNEY'S NAME]
// The last line is `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expectNone, launch } from "./browser.mjs";
import { landing, LIMIT_KIB } from "./size.mjs";
import { start } from "./system.mjs";

const wanted = process.argv[2] ?? "";
let passed = 0;
let failed = 0;

async function check(name, work) {
  const begun = Date.now();
  try {
    await work();
    passed += 1;
    console.log(`ok   ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${error.stack ?? error}`);
  }
}

const command = (...words) => run("npx", "--no-install", ...words);
const node = (...words) => run(process.execPath, ...words);

function run(...words) {
  const done = spawnSync(words[0], words.slice(1), { encoding: "utf8", cwd: new URL("..", import.meta.url).pathname });
  if (done.status !== 0) throw new Error(done.stdout + done.stderr);
  return done.stdout;
}

if (!wanted) {
  await check("types", () => command("tsc", "--noEmit"));
  await check("lints", () => command("eslint", "."));
  await check("logic", () => command("vitest", "run"));
  await check("size", () => {
    const { gzip, brotli } = landing(process.env.LAUREL_PAGE_FOLDER);
    console.log(`  landing page: ${gzip.toFixed(1)} KiB of JavaScript with gzip, ${brotli.toFixed(1)} KiB with brotli`);
    if (gzip > LIMIT_KIB) throw new Error(`more than ${LIMIT_KIB} KiB`);
  });
}

const system = await start();
const browser = await launch();
try {
  if (!wanted) {
    await check("the generated types are what the API says", () =>
      node("scripts/types.mjs", `${system.address}/openapi.json`, "--check"));
  }
  for (const file of readdirSync(new URL("journeys", import.meta.url)).sort()) {
    const { journeys } = await import(`./journeys/${file}`);
    for (const [name, journey] of Object.entries(journeys)) {
      if (!name.includes(wanted)) continue;
      await check(name, async () => {
        const faults = [];
        try {
          await journey({ browser, system, address: system.address, faults });
        } finally {
          await Promise.all(browser.contexts().map((context) => context.close()));
        }
        expectNone(faults, "what the browser complained of");
      });
    }
  }
} finally {
  await browser.close();
  await system.end();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

// Everything about the page that is tested, against a real system: types, lints, logic, size, journeys.
// Usage: [LAUREL_PAGE_FOLDER=…] [LAUREL_PROGRAM=…] node tests/run.mjs [PART OF A JOURNEY'S NAME]
// The last line is `N passed, N failed`.
import { spawn } from "node:child_process";
import { expectNone, launch } from "./browser.mjs";
import { landing, LIMIT_KIB } from "./size.mjs";
import { PAGE, start } from "./system.mjs";

/** Files of journeys that may run beside each other; the last by itself, because it measures. */
const LANES = [["boards", "everywhere"], ["solving", "staff"]];
const ALONE = ["numbers"];

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

async function run(...words) {
  const cwd = new URL("..", import.meta.url).pathname;
  const { status, said } = await new Promise((resolve) => {
    const child = spawn(words[0], words.slice(1), { cwd });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => { said += chunk; });
    child.on("close", (status) => resolve({ status, said }));
  });
  if (status !== 0) throw new Error(said);
}

async function still() {
  await check("lints", () => run("npx", "--no-install", "eslint", "."));
  await check("types", () => run("npx", "--no-install", "tsc", "--noEmit"));
  await check("logic", () => run("npx", "--no-install", "vitest", "run"));
  await check("size", () => {
    const { gzip, brotli } = landing(PAGE);
    console.log(`  landing page: ${gzip.toFixed(1)} KiB of JavaScript with gzip, ${brotli.toFixed(1)} KiB with brotli`);
    if (gzip > LIMIT_KIB) throw new Error(`more than ${LIMIT_KIB} KiB`);
  });
}

async function travel(file, browser, system) {
  const { journeys } = await import(`./journeys/${file}.mjs`);
  for (const [name, journey] of Object.entries(journeys)) {
    if (!name.includes(wanted)) continue;
    const faults = [];
    const visitors = [];
    await check(name, async () => {
      try {
        await journey({ browser: kept(browser, visitors), system, address: system.address, faults });
      } finally {
        await Promise.all(visitors.map((context) => context.close()));
      }
      expectNone(faults, "what the browser complained of");
    });
  }
}

/** The browser, for one journey: what it opens is noted, to be closed at its end. */
function kept(browser, visitors) {
  const newContext = async (options) => {
    const context = await browser.newContext(options);
    visitors.push(context);
    return context;
  };
  return { newContext };
}

const [system] = await Promise.all([start(), wanted ? undefined : still()]);
const browser = await launch();
try {
  if (!wanted) {
    await check("the generated types are what the API says", () =>
      run(process.execPath, "scripts/types.mjs", `${system.address}/openapi.json`, "--check"));
  }
  await Promise.all(LANES.map(async (files) => {
    for (const file of files) await travel(file, browser, system);
  }));
  for (const file of ALONE) await travel(file, browser, system);
} finally {
  await browser.close();
  await system.end();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

// A real system for the journeys: `laurel up` on a port and a folder of its own, and what a journey needs to ask it.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const REPO = new URL("../..", import.meta.url).pathname;
/** Where the page under test is: as `npx vite build` leaves it, unless something else is said. */
export const PAGE = process.env.LAUREL_PAGE_FOLDER ?? join(REPO, "frontend/dist");
const STARTED_MS = 120_000;

const asLaurel = (...command) => execFileSync(join(REPO, "bin/as-laurel"), command, { encoding: "utf8" }).trim();

/** Starts it, and answers where it is and how to end it. */
export async function start() {
  const laurel = process.env.LAUREL_PROGRAM ?? join(REPO, "target/debug/laurel");
  const folder = asLaurel("mktemp", "-d", "/tmp/laurel-page-XXXXXX");
  const command = [laurel, "up", "--data", join(folder, "data"), "--port", "0"];
  const child = spawn(join(REPO, "bin/as-laurel"), command, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LAUREL_PAGE_FOLDER: PAGE } });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the system did not start:\n${said}`)), STARTED_MS);
    const hear = (chunk) => {
      said += chunk;
      const found = /Laurel answers at (\S+)/.exec(said);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`laurel up ended with ${code}:\n${said}`)));
  });
  const end = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    asLaurel("rm", "-rf", folder);
  };
  return { address, laurel, data: join(folder, "data"), end };
}

export const PASSWORD = "a horse no example knows";

/** Asks the API as a program would. */
export async function ask(address, path, { token, body, position } = {}) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(position && { "Laurel-Position": position }), ...(body && { "Content-Type": "application/json" }) };
  const response = await fetch(address + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return { json: text ? JSON.parse(text) : null, position: response.headers.get("laurel-position") };
}

/** Registers somebody, and answers their tokens. */
export async function register(address, handle) {
  const account = { handle, email: `${handle}@example.org`, password: PASSWORD };
  await ask(address, "/v1/register", { body: account });
  const { json } = await ask(address, "/v1/login", { body: { login: handle, password: PASSWORD } });
  return json;
}

/** Registers somebody with roles beside the learner's, and answers their tokens. */
export async function grant({ address, laurel, data }, handle, roles) {
  await register(address, handle);
  for (const role of roles) asLaurel(laurel, "admin", "grant", handle, "--role", role, "--data", data);
  const { json } = await ask(address, "/v1/login", { body: { login: handle, password: PASSWORD } });
  return json;
}

/** Hands in and waits for the verdict. */
export async function solve(address, token, slug, source) {
  const { json, position } = await ask(address, `/v1/exercises/${slug}/submissions`, { token, body: { language: "python", source } });
  for (let tries = 0; tries < 200; tries += 1) {
    const { json: found } = await ask(address, `/v1/submissions/${json.submission_id}`, { token, position });
    if (found.verdict) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no verdict on ${slug} within 20 s`);
}

/** The accepted Python solution of each exercise of the catalogue, by slug. */
function solutions() {
  const folder = join(REPO, "exercises/catalogue");
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".md")).sort();
  const found = files.flatMap((name) => {
    const solution = /^## accepted[^\n]*\n```python\n([\s\S]*?)^```$/m.exec(readFileSync(join(folder, name), "utf8"));
    return solution ? [[basename(name, ".md"), solution[1]]] : [];
  });
  return Object.fromEntries(found);
}

export const SOLUTIONS = solutions();
export const WRONG = "print(0)\n";

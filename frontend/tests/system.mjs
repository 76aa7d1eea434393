// A real system for the journeys: `laurel up` on a port and a folder of its own, and what a journey needs to ask it.
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

const REPO = new URL("../..", import.meta.url).pathname;
const STARTED_MS = 120_000;

const asLaurel = (...command) => execFileSync(join(REPO, "bin/as-laurel"), command, { encoding: "utf8" }).trim();

/** Starts it, and answers where it is and how to end it. */
export async function start() {
  const laurel = process.env.LAUREL_PROGRAM ?? join(REPO, "target/debug/laurel");
  const folder = asLaurel("mktemp", "-d", "/tmp/laurel-page-XXXXXX");
  const command = [laurel, "up", "--data", join(folder, "data"), "--port", "0"];
  const child = spawn(join(REPO, "bin/as-laurel"), command, { stdio: ["ignore", "pipe", "pipe"] });
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

/** Solutions of the shipped catalogue. */
export const SOLUTIONS = {
  "museum-tickets": `def ticket(age):
    return 0 if age <= 5 else 4 if age <= 17 else 11 if age <= 64 else 6

people = int(input())
total = sum(ticket(int(input())) for _ in range(people))
print(max(total - 5 * (people >= 10), 0))
`,
};
export const WRONG = "print(0)\n";

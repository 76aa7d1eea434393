// Chromium as Debian has it, and what is watched on every page: nothing may be logged as an error, no request may fail.
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export async function launch() {
  const executablePath = process.env.LAUREL_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A browser of somebody's own. What goes wrong in it is put among `faults`, but for what the journey says it provokes. */
export async function visitor(browser, address, faults, { provoked = () => false, ...options } = {}) {
  const context = await browser.newContext({ baseURL: address, locale: "en-GB", ...options });
  context.setDefaultTimeout(30_000);
  context.on("page", (page) => watch(page, faults, provoked));
  return { context, page: await context.newPage() };
}

function watch(page, faults, provoked) {
  const fault = (text) => {
    if (!provoked(text)) faults.push(`${page.url()}: ${text}`);
  };
  page.on("console", (message) => message.type() === "error" && fault(message.text()));
  page.on("pageerror", (error) => fault(String(error)));
  page.on("response", (response) => response.status() >= 400 && fault(`${response.status()} ${response.url()}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // What the page itself let go of: a read nobody waits for any more, a stream that was closed.
    if (why !== "net::ERR_ABORTED") fault(`${why} ${request.url()}`);
  });
}

/** Puts a session into the browser, as signing in would. */
export async function signedIn(context, tokens) {
  const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url").toString());
  const session = {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() + tokens.expires_in_s * 1_000,
    learnerId: claims.sub,
    handle: claims.handle,
    roles: claims.roles,
  };
  await context.addInitScript((text) => {
    if (!localStorage.getItem("laurel.session")) localStorage.setItem("laurel.session", text);
  }, JSON.stringify(session));
}

/** Fails with everything that is not as it should be, all at once. */
export function expectNone(faults, what) {
  if (faults.length > 0) throw new Error(`${what}:\n  ${faults.join("\n  ")}`);
}

export function expect(holds, what) {
  if (!holds) throw new Error(what);
}

/** Waits until something is so, and no longer than 30 s. */
export async function until(check, what) {
  const late = Date.now() + 30_000;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > late) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

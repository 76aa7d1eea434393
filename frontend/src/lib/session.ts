import { kept } from "./kept";
import { Problem } from "./problem";
import { written } from "./positions";
import { Store } from "./store";

export type Role = "learner" | "author" | "instructor" | "analyst" | "operator" | "admin";

export interface Session {
  accessToken: string;
  refreshToken: string;
  /** By this machine's clock, milliseconds. */
  expiresAt: number;
  learnerId: string;
  handle: string;
  roles: Role[];
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in_s: number;
}

/** A token is renewed so long before it expires, so that none expires on the way. */
const RENEWED_BEFORE_MS = 20_000;
const NAME = "session";

export const session = new Store<Session | null>(parse(kept.read(NAME)));

// Who signs in, out, or gets new tokens in one tab does so in all.
if (typeof addEventListener === "function") kept.watch(NAME, (text) => session.set(parse(text)));

export function readTokens(tokens: Tokens, now: number): Session {
  const claims = JSON.parse(decode(tokens.access_token.split(".")[1] ?? "")) as {
    sub: string;
    handle: string;
    roles: Role[];
  };
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: now + tokens.expires_in_s * 1_000,
    learnerId: claims.sub,
    handle: claims.handle,
    roles: claims.roles,
  };
}

/** Base64url of UTF-8. */
function decode(text: string): string {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

function parse(text: string | null): Session | null {
  if (!text) return null;
  try {
    const found = JSON.parse(text) as Session;
    return typeof found.refreshToken === "string" && Array.isArray(found.roles) ? found : null;
  } catch {
    return null;
  }
}

/** The same as the API's policy says; it decides, this only spares people pages that are not for them. */
export const operates = ({ roles }: Session): boolean => roles.includes("operator") || roles.includes("admin");
export const writes = ({ roles }: Session): boolean => roles.includes("author") || roles.includes("admin");
export const teaches = ({ roles }: Session): boolean => roles.includes("instructor") || roles.includes("admin");

export function begin(tokens: Tokens): Session {
  const begun = readTokens(tokens, Date.now());
  kept.write(NAME, JSON.stringify(begun));
  session.set(begun);
  return begun;
}

export function forget(): void {
  kept.write(NAME, null);
  session.set(null);
  written.forget();
}

/** A token that is good for a while, or null for who is not signed in. */
export async function accessToken(): Promise<string | null> {
  const current = session.get();
  if (!current) return null;
  if (current.expiresAt - Date.now() > RENEWED_BEFORE_MS) return current.accessToken;
  return renew(current.accessToken);
}

let renewing: Promise<string | null> | null = null;

/** Gets a token in place of one that is no good (any more). However many ask, in however many tabs, one request is made. */
export function renew(stale: string): Promise<string | null> {
  renewing ??= oneTabAtATime(() => refresh(stale)).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** A refresh token is good once, so two tabs must not use the same. Without the browser's locks the last one wins. */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request("laurel.refresh", work) : work();
}

async function refresh(stale: string): Promise<string | null> {
  // While this tab waited for its turn, another may have brought new tokens.
  const inAllTabs = parse(kept.read(NAME));
  const current = inAllTabs ?? session.get();
  if (!current) return null;
  // Another tab's doings are kept a moment before this tab is told; a browser that keeps nothing has each tab alone.
  const isStill = () => (inAllTabs ? parse(kept.read(NAME)) : session.get())?.refreshToken === current.refreshToken;
  if (current.accessToken !== stale && current.expiresAt - Date.now() > RENEWED_BEFORE_MS) {
    session.set(current);
    return current.accessToken;
  }
  const response = await fetch("/v1/token/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token: current.refreshToken }),
  });
  // Who signed out or in meanwhile, here or in another tab, meant it.
  if (!isStill()) return null;
  if (response.status === 401) {
    forget();
    return null;
  }
  // What stands before the API may refuse with a page.
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null), response.headers);
  const tokens = (await response.json()) as Tokens;
  if (!isStill()) return null;
  written.note(response.headers.get("laurel-position"));
  return begin(tokens).accessToken;
}

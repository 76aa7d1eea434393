import createClient from "openapi-fetch";
import { Problem } from "./problem";
import { written } from "./positions";
import type { components, paths } from "./schema";
import { accessToken, renew } from "./session";

export type Schemas = components["schemas"];

/** Answers that a new token helps against. */
const TOKEN_CODES = ["token_expired", "token_invalid"];

/** Every request: with the token, and with the position of what was written. */
async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const token = await accessToken();
  let response = await once(request, token);
  if (token && response.status === 401 && TOKEN_CODES.includes(await code(response.clone()))) {
    // It expired on the way, or by the server's clock: nothing was done, so the same request goes out once more.
    const fresh = await renew(token);
    if (fresh) response = await once(again, fresh);
  }
  if (request.method !== "GET") written.note(response.headers.get("laurel-position"));
  return response;
}

function once(request: Request, token: string | null): Promise<Response> {
  const headers = new Headers(request.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const position = written.get();
  if (position && !request.url.includes("/v1/login")) headers.set("Laurel-Position", position);
  return fetch(new Request(request, { headers }));
}

async function code(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { code?: string } | null;
  return body?.code ?? "";
}

export const api = createClient<paths, "application/json">({ baseUrl: globalThis.location?.origin ?? "http://127.0.0.1", fetch: send });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a success; a refusal is thrown. */
export async function body<T>(answering: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answering;
  if (!response.ok) throw new Problem(response.status, error, response.headers);
  return data as T;
}

/** A command whose body is a file. */
export async function command<T>(path: string, headers: Record<string, string>, file: Blob): Promise<T> {
  const response = await send(new Request(new URL(path, location.origin), { method: "POST", headers, body: file }));
  const found: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(response.status, found, response.headers);
  return found as T;
}

/** A table as CSV, with the cursor of the next page. */
export async function csv(path: string, query: URLSearchParams): Promise<{ text: string; next: string | null }> {
  query.set("format", "csv");
  const response = await send(new Request(new URL(`${path}?${query}`, location.origin)));
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null), response.headers);
  return { text: await response.text(), next: response.headers.get("laurel-next-cursor") };
}

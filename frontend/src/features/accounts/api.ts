import { api, body } from "../../lib/api";
import { adoptDrafts } from "../../lib/drafts";
import { begin } from "../../lib/session";

export async function signIn(login: string, password: string): Promise<void> {
  const { learnerId } = begin(await body(api.POST("/v1/login", { body: { login, password } })));
  adoptDrafts(learnerId);
}

/** Makes the account and signs in. `key` makes repeating it safe, as when the answer was lost on the way. */
export async function register(key: string, account: { handle: string; email: string; password: string }): Promise<void> {
  const answered = api.POST("/v1/register", { params: { header: { "Idempotency-Key": key } }, body: account });
  await body(answered);
  await signIn(account.handle, account.password);
}

// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from "vitest";
import { kept } from "./kept";
import { written } from "./positions";
import { Problem } from "./problem";
import { accessToken, begin, forget, session } from "./session";

function tokens(learnerId: string, refreshToken: string, expiresIn = 600) {
  const claims = btoa(JSON.stringify({ sub: learnerId, handle: learnerId, roles: ["learner"] }));
  return { access_token: `h.${claims}.${refreshToken}`, refresh_token: refreshToken, expires_in_s: expiresIn };
}

/** While the renewal of a token that is no good any more is under way, `meanwhile` happens. */
function answered(response: Response, meanwhile: () => void = () => undefined) {
  begin(tokens("ada", "first", 0));
  vi.stubGlobal("fetch", async () => {
    meanwhile();
    return response;
  });
  return accessToken();
}

const renewed = () => Response.json(tokens("ada", "second"));

beforeEach(() => forget());

it("a token is renewed", async () => {
  expect(await answered(renewed())).toBe(tokens("ada", "second").access_token);
  expect(session.get()?.refreshToken).toBe("second");
});

it("who signs out meanwhile stays signed out, here or in another tab", async () => {
  expect([await answered(renewed(), forget), session.get(), kept.read("session")]).toEqual([null, null, null]);
  expect([await answered(renewed(), () => kept.write("session", null)), kept.read("session")]).toEqual([null, null]);
});

it("another account that signs in meanwhile stays signed in, whatever the answer", async () => {
  const other = () => void begin(tokens("bob", "other"));
  expect([await answered(renewed(), other), session.get()?.learnerId]).toEqual([null, "bob"]);
  expect([await answered(new Response(null, { status: 401 }), other), session.get()?.learnerId]).toEqual([null, "bob"]);
});

it("a refusal that is a page is a problem that passes", async () => {
  const refused = await answered(new Response("<html>", { status: 502 })).catch((error: unknown) => error);
  expect(refused instanceof Problem && refused.isPassing).toBe(true);
  expect(session.get()?.refreshToken).toBe("first");
});

it("what was written is forgotten with the session", () => {
  written.note("07.9");
  forget();
  expect([written.get(), sessionStorage.getItem("laurel.written")]).toEqual(["", ""]);
});

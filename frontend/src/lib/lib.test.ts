import { describe, expect, it } from "vitest";
import { formatPosition, merge, parsePosition, written } from "./positions";
import { isOffline, Problem, waitsForPosition } from "./problem";
import { isWorthRetrying, retryDelay } from "./queries";
import { readTokens } from "./session";

describe("positions", () => {
  it("keep the later of each part", () => {
    const merged = merge(parsePosition("id.4,07.10"), parsePosition("07.9,03.1"));
    expect(formatPosition(merged)).toBe("id.4,07.10,03.1");
  });

  it("forget what is none", () => {
    expect(formatPosition(parsePosition("rubbish,07.x,,07."))).toBe("");
  });
});

describe("problems", () => {
  const problem = (status: number, code: string, headers = {}) => new Problem(status, { code, detail: "d", request_id: "r1" }, new Headers(headers));

  it("carry what the answer said", () => {
    expect(problem(409, "handle_taken")).toMatchObject({ status: 409, code: "handle_taken", requestId: "r1", message: "d" });
    expect(new Problem(502, null, new Headers({ "x-request-id": "r2" }))).toMatchObject({ code: "internal", requestId: "r2" });
  });

  it("are asked again when waiting helps", () => {
    const behind = problem(503, "not_caught_up", { "retry-after": "1" });
    expect([waitsForPosition(behind), isWorthRetrying(20, behind), retryDelay(20, behind)]).toEqual([true, true, 1_000]);
    written.note("07.9");
    expect([isWorthRetrying(29, behind), written.get()]).toEqual([true, "07.9"]);
    // The log is another one than that which was written to.
    expect([isWorthRetrying(30, behind), written.get(), isWorthRetrying(31, behind)]).toEqual([true, "", false]);
    expect(isWorthRetrying(0, problem(404, "exercise_not_found"))).toBe(false);
    expect(isWorthRetrying(4, problem(503, "boards_busy"))).toBe(false);
    expect([isOffline(new TypeError()), isWorthRetrying(0, new TypeError())]).toEqual([true, true]);
  });
});

it("a token tells whose it is, in any script", () => {
  const claims = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify({ sub: "l1", handle: "thuý", roles: ["learner"] }))));
  const token = `h.${claims.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.s`;
  const session = readTokens({ access_token: token, refresh_token: "r", expires_in_s: 600 }, 1_000);
  expect(session).toMatchObject({ learnerId: "l1", handle: "thuý", roles: ["learner"], expiresAt: 601_000 });
});

// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { adoptDrafts } from "../../lib/drafts";
import { kept } from "../../lib/kept";
import { Streams } from "../../lib/live.testing";
import { type Session, session } from "../../lib/session";
import type { Exercise } from "./api";
import { Workbench } from "./Workbench";

const EXERCISE = { slug: "sum", status: "published", languages: ["python"], samples: [] } as unknown as Exercise;

function signedIn(learnerId: string): Session {
  return { accessToken: `of-${learnerId}`, refreshToken: "r", expiresAt: Date.now() + 600_000, learnerId, handle: learnerId, roles: ["learner"] };
}

let root: Root;

async function draw(): Promise<HTMLElement> {
  const page = document.createElement("div");
  document.body.replaceChildren(page);
  root = createRoot(page);
  await act(async () => root.render(<QueryClientProvider client={new QueryClient()}><Workbench exercise={EXERCISE} /></QueryClientProvider>));
  return page;
}

const code = (page: HTMLElement) => page.querySelector<HTMLTextAreaElement>("textarea[autocapitalize=off]")?.value;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("EventSource", Streams);
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  Streams.opened.length = 0;
  localStorage.clear();
  kept.write("plain-editor", "yes");
});

afterEach(() => act(async () => root.unmount()));

it("another account has its own draft and its own stream", async () => {
  kept.write("draft.ada.sum.python", "of ada");
  session.set(signedIn("ada"));
  const page = await draw();
  expect(code(page)).toBe("of ada");
  expect(Streams.opened.map((stream) => [new URL(stream.url, location.origin).searchParams.get("access_token"), stream.isClosed])).toEqual([["of-ada", false]]);
  await act(async () => session.set(signedIn("bob")));
  expect(code(page)).toBe("");
  expect(Streams.opened.map((stream) => [new URL(stream.url, location.origin).searchParams.get("access_token"), stream.isClosed])).toEqual([["of-ada", true], ["of-bob", false]]);
});

it("what was written without signing in goes to who signs in first, beside what they had", async () => {
  kept.write("draft.anonymous.sum.python", "of nobody");
  kept.write("draft.anonymous.other.python", "of nobody, too");
  kept.write("draft.ada.sum.python", "of ada");
  adoptDrafts("ada");
  adoptDrafts("bob");
  expect(kept.names("draft.").sort()).toEqual(["draft.ada.other.python", "draft.ada.sum.python"]);
  session.set(signedIn("ada"));
  const page = await draw();
  expect(code(page)).toBe("of ada");
  const [take] = [...page.querySelectorAll("button")].filter((button) => button.textContent === "Take theirs over");
  await act(async () => take?.click());
  expect(code(page)).toBe("of nobody");
  await act(async () => dispatchEvent(new Event("pagehide")));
  expect([kept.read("draft.ada.sum.python"), kept.names("aside.")]).toEqual(["of nobody", []]);
});

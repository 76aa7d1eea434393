// From the first visit to the verdict, with the mouse and by the keyboard alone, and what happens to it on bad days.
import { expect, signedIn, until, visitor } from "../browser.mjs";
import { ask, PASSWORD, register, solve, SOLUTIONS, WRONG } from "../system.mjs";

const EXERCISE = "/exercises/museum-tickets";
const SOLUTION = SOLUTIONS["museum-tickets"];

async function write(page, source) {
  const editor = page.locator(".cm-content");
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(source);
}

export const journeys = {
  "register, solve, watch the verdict; the board moves in a second browser": async ({ browser, address, faults }) => {
    const watcher = await visitor(browser, address, faults);
    await watcher.page.goto("/");
    await watcher.page.getByText("Live", { exact: true }).waitFor();
    const { page } = await visitor(browser, address, faults);
    await page.goto("/");
    await page.getByRole("link", { name: "Create account" }).first().click();
    await page.getByLabel("Handle").fill("journey");
    await page.getByLabel("E-mail address").fill("journey@example.org");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "Exercises" }).waitFor();
    await page.getByLabel("Search").fill("museum");
    await page.getByRole("link", { name: "Museum tickets" }).click();
    await write(page, WRONG);
    await page.getByRole("button", { name: /^Run samples/ }).click();
    await page.getByText("Got").first().waitFor();
    await page.getByRole("button", { name: /^Submit/ }).click();
    await page.getByRole("status").getByText("Wrong answer").waitFor();
    await page.getByText("Got").first().waitFor();
    await write(page, SOLUTION);
    await page.getByRole("button", { name: /^Submit/ }).click();
    await page.getByRole("status").getByText("Accepted").waitFor();
    await page.getByText("10 of 10 points").waitFor();
    await watcher.page.getByRole("cell", { name: "journey" }).waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    const boxes = page.getByRole("checkbox", { name: /for comparison/ });
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("added:").first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Exercises" }).click();
    await page.locator("article", { hasText: "Museum tickets" }).getByText("Solved").waitFor();
  },

  "the same by keyboard alone": async ({ browser, address, faults }) => {
    await register(address, "keyboard");
    const { page } = await visitor(browser, address, faults);
    const tabTo = async (name) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press("Tab");
        const found = await page.evaluate(() => {
          let at = document.activeElement;
          while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          // Before the first thing has the focus, the whole page has it.
          return at === document.body ? "" : [at?.getAttribute("aria-label"), at?.labels?.[0]?.textContent, at?.textContent].filter(Boolean).join(" | ");
        });
        if (found.includes(name)) return;
      }
      throw new Error(`no way to ${name} by the Tab key`);
    };
    await page.goto("/sign-in");
    await tabTo("Handle or e-mail");
    await page.keyboard.type("keyboard");
    await tabTo("Password");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Museum tickets" }).waitFor();
    await tabTo("Museum tickets");
    await page.keyboard.press("Enter");
    await page.locator(".cm-content").waitFor();
    await tabTo("Your solution in Python");
    await page.keyboard.insertText(SOLUTION);
    await page.keyboard.press("Control+Shift+Enter");
    await page.getByRole("status").getByText("Accepted").waitFor();
    await page.getByText("10 of 10 points").waitFor();
    // In the editor Tab indents; after Escape it leaves, as the page says beneath it.
    await page.keyboard.press("Escape");
    await tabTo("Verdict");
    await page.keyboard.press("ArrowRight");
    await page.getByText("Choose two submissions").waitFor();
  },

  "two tabs at one exercise": async ({ browser, address, faults }) => {
    const { context, page } = await visitor(browser, address, faults);
    const other = await context.newPage();
    await page.goto(EXERCISE);
    await other.goto(EXERCISE);
    await write(page, "one = 1\n");
    // The other was only read so far: it follows.
    await other.locator(".cm-content", { hasText: "one = 1" }).waitFor();
    await write(other, "two = 2\n");
    await page.getByText("another text of this solution").waitFor();
    await page.getByRole("button", { name: "Take theirs over" }).click();
    await page.locator(".cm-content", { hasText: "two = 2" }).waitFor();
    await page.reload();
    await page.locator(".cm-content", { hasText: "two = 2" }).waitFor();
  },

  "the connection is cut, and comes back": async ({ browser, address, faults }) => {
    const tokens = await register(address, "offline");
    const provoked = (text) => /ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/.test(text);
    const { context, page } = await visitor(browser, address, faults, { provoked });
    await page.goto("/boards/global");
    await page.getByText("Live", { exact: true }).waitFor();
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.getByText("Reconnecting …").waitFor();
    await solve(address, tokens.access_token, "museum-tickets", SOLUTION);
    await context.setOffline(false);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("cell", { name: "offline" }).waitFor();
  },

  "the token is refused during a submit": async ({ browser, address, faults }) => {
    const tokens = await register(address, "expired");
    const broken = `${tokens.access_token.slice(0, -8)}AAAAAAAA`;
    const provoked = (text) => /\b401\b/.test(text);
    const { context, page } = await visitor(browser, address, faults, { provoked });
    await signedIn(context, tokens);
    await page.goto(EXERCISE);
    await write(page, SOLUTION);
    const refreshed = page.waitForResponse((response) => response.url().endsWith("/v1/token/refresh"));
    // As when it expired on the way: the page thinks that it is good, the server does not.
    await page.evaluate((token) => {
      const session = JSON.parse(localStorage.getItem("laurel.session"));
      const stale = JSON.stringify({ ...session, accessToken: token });
      localStorage.setItem("laurel.session", stale);
      dispatchEvent(new StorageEvent("storage", { key: "laurel.session", newValue: stale }));
    }, broken);
    await page.getByRole("button", { name: /^Submit/ }).click();
    expect((await refreshed).ok(), "the token was renewed");
    await page.getByRole("status").getByText("Accepted").waitFor();
    const { json } = await ask(address, "/v1/me/submissions", { token: tokens.access_token });
    expect(json.submissions.length === 1, `handed in once, not ${json.submissions.length} times`);
    await until(async () => (await page.getByText("10 of 10 points").count()) > 0, "the points");
  },
};

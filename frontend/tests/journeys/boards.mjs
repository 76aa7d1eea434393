// Boards: the time slider shows what the API says, windows, the file, the wall.
import { expect, visitor } from "../browser.mjs";
import { ask, register, solve, SOLUTIONS } from "../system.mjs";

async function shown(page) {
  const rows = await page.getByRole("table", { name: "Places" }).getByRole("row").allInnerTexts();
  return rows.slice(1).map((row) => row.split("\n")[1]?.trim());
}

export const journeys = {
  "the time slider shows the board that the API has of that moment": async ({ browser, address, faults }) => {
    const early = await register(address, "early");
    await solve(address, early.access_token, "museum-tickets", SOLUTIONS["museum-tickets"]);
    const late = await register(address, "late");
    const { page } = await visitor(browser, address, faults);
    // A moment between both, by the verdicts' own times.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const between = new Date().toISOString().slice(0, 19) + "Z";
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await solve(address, late.access_token, "museum-tickets", SOLUTIONS["museum-tickets"]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await page.goto("/boards/global");
    await page.getByRole("cell", { name: "late" }).waitFor();
    for (const moment of [between, new Date(Date.now() - 1_000).toISOString().slice(0, 19) + "Z"]) {
      await page.goto(`/boards/global?as_of=${moment}`);
      await page.getByRole("heading", { name: /^The board as it stood/ }).waitFor();
      await page.getByRole("cell", { name: "early" }).waitFor();
      const { json } = await ask(address, `/v1/leaderboards/global?as_of=${moment}&limit=100`);
      const expected = json.entries.map((entry) => entry.handle);
      const found = await shown(page);
      expect(JSON.stringify(found) === JSON.stringify(expected), `at ${moment}: ${found} instead of ${expected}`);
      expect(found.includes("late") === (moment !== between), `at ${moment}: ${found}`);
    }
    const slider = page.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("Home");
    await page.getByText("Nobody is on this board yet").waitFor();
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.getByRole("cell", { name: "late" }).waitFor();
    expect(!page.url().includes("as_of"), "the address is of now again");
  },

  "windows, scopes, the file and the wall": async ({ browser, address, faults }) => {
    const { page } = await visitor(browser, address, faults);
    await page.goto("/boards/global");
    await page.getByRole("radio", { name: "Today" }).check();
    await page.waitForURL(/window=day/);
    await page.getByRole("cell", { name: "early" }).waitFor();
    await page.getByLabel("Board", { exact: true }).selectOption("category:basics");
    await page.getByRole("heading", { name: "Basics" }).waitFor();
    await page.getByRole("cell", { name: "early" }).waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    expect((await saved).suggestedFilename() === "category-basics-day.csv", "the file's name");
    await page.getByRole("button", { name: "Embed" }).click();
    await page.getByText("/embed/board/category%3Abasics?window=day").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Wall" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("cell", { name: "early" }).waitFor();
  },
};

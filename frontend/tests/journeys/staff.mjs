// Instructors and operators at work.
import { expect, signedIn, visitor } from "../browser.mjs";
import { ask, grant, register, solve, SOLUTIONS } from "../system.mjs";

const PACKAGE = new URL("../../../importer/tests/packages/double.json", import.meta.url).pathname;

export const journeys = {
  "an instructor makes a class; a learner joins by the link, and is seen to get on": async ({ browser, address, faults, system }) => {
    const tokens = await grant(system, "teacher", ["instructor"]);
    const teacher = await visitor(browser, address, faults);
    await signedIn(teacher.context, tokens);
    await teacher.page.goto("/classes");
    await teacher.page.getByLabel("Name of the class").fill("Programming 1");
    await teacher.page.getByRole("button", { name: "Make a class" }).click();
    await teacher.page.getByRole("heading", { name: "Programming 1" }).waitFor();
    await teacher.page.getByText("Nobody has joined yet").waitFor();
    await teacher.page.getByRole("button", { name: "Show the code" }).click();
    const link = await teacher.page.getByText(/\/join\//).innerText();
    const member = await register(address, "member");
    const learner = await visitor(browser, address, faults);
    await signedIn(learner.context, member);
    await learner.page.goto(new URL(link).pathname);
    await learner.page.getByRole("button", { name: "Join" }).click();
    await learner.page.getByRole("link", { name: "Programming 1" }).waitFor();
    await solve(address, member.access_token, "museum-tickets", SOLUTIONS["museum-tickets"]);
    await learner.page.getByRole("link", { name: "Leaderboard", exact: true }).click();
    await learner.page.getByRole("cell", { name: "member" }).first().waitFor();
    await learner.page.getByRole("button", { name: /^Account of/ }).click();
    await learner.page.getByRole("menuitem", { name: "My classes" }).click();
    await learner.page.getByRole("button", { name: "Leave" }).waitFor();
    await teacher.page.reload();
    await teacher.page.getByRole("table").nth(1).getByRole("row", { name: /member.*10/ }).waitFor();
    await teacher.page.getByRole("button", { name: "Remove member" }).click();
    await teacher.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await teacher.page.getByText("Nobody has joined yet").waitFor();
  },

  "an author imports a package, looks at it, publishes it; a learner solves it": async ({ browser, address, faults, system }) => {
    const tokens = await grant(system, "writer", ["author"]);
    const provoked = (text) => /\b428\b/.test(text);
    const { context, page } = await visitor(browser, address, faults, { provoked });
    await signedIn(context, tokens);
    await page.goto("/author");
    await page.getByText("No drafts").waitFor();
    const bring = async () => {
      await page.getByLabel("Package", { exact: true }).setInputFiles(PACKAGE);
      await page.getByRole("button", { name: "Check and import" }).click();
    };
    await page.getByText("What the package does not say").click();
    await page.getByLabel("Slug").fill("twice-over");
    await bring();
    await page.getByText("Imported as twice-over, revision 1.").waitFor();
    await page.getByText("agrees", { exact: true }).last().waitFor();
    // Once more under the same name: the page says what there is, and revises it when asked.
    await page.getByLabel("Points").fill("15");
    await bring();
    await page.getByText("There is an exercise with this slug.").waitFor();
    await page.getByRole("button", { name: "Revise the exercise that is there" }).click();
    await page.getByText("Imported as twice-over, revision 2.").waitFor();
    await page.getByRole("link", { name: "Look at it" }).click();
    await page.getByText("This is a draft.").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("button", { name: "Archive" }).waitFor();
    const solver = await register(address, "solver");
    const learner = await visitor(browser, address, faults);
    await signedIn(learner.context, solver);
    await learner.page.goto("/exercises/twice-over");
    await learner.page.locator(".cm-content").click();
    await learner.page.keyboard.insertText("def double(n):\n    return n + n\n");
    await learner.page.getByRole("button", { name: /^Submit/ }).click();
    await learner.page.getByText("15 of 15 points").waitFor();
  },

  "an operator verifies a read model, and applies a rejudge set": async ({ browser, address, faults, system }) => {
    const tokens = await grant(system, "keeper", ["operator"]);
    await solve(address, tokens.access_token, "exact-change", SOLUTIONS["exact-change"]);
    const { context, page } = await visitor(browser, address, faults);
    await signedIn(context, tokens);
    await page.goto("/operations");
    await page.getByText("Nothing is parked").waitFor();
    const row = page.getByRole("row", { name: /^ledger/ });
    await row.getByText("level").waitFor();
    await page.getByRole("button", { name: "Verify ledger" }).click();
    await row.getByText("Verification done").waitFor();
    await page.getByText("1 judge is there").waitFor();
    expect((await page.getByText("Python 3").count()) === 1, "the judge's languages");
    await page.getByText("No rejudge sets").waitFor();
    await ask(address, "/v1/rejudges", { token: tokens.access_token, body: { exercise: "exact-change", reason: "a test was wrong" } });
    const set = page.getByRole("row", { name: /a test was wrong/ });
    await set.getByText("ready").waitFor();
    await set.getByRole("button", { name: "Preview" }).click();
    await page.getByText("0 submissions come to something else").waitFor();
    await page.keyboard.press("Escape");
    await set.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
    await set.getByText("applied", { exact: true }).waitFor();
  },
};

// Instructors and operators at work.
import { expect, signedIn, visitor } from "../browser.mjs";
import { grant, register, solve, SOLUTIONS } from "../system.mjs";

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
    await teacher.page.reload();
    await teacher.page.getByRole("table").nth(1).getByRole("row", { name: /member.*10/ }).waitFor();
    await teacher.page.getByRole("button", { name: "Remove member" }).click();
    await teacher.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await teacher.page.getByText("Nobody has joined yet").waitFor();
  },

  "an operator verifies a read model": async ({ browser, address, faults, system }) => {
    const tokens = await grant(system, "keeper", ["operator"]);
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
  },
};

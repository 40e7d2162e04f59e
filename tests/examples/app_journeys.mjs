import assert from "node:assert/strict";
import { test } from "node:test";
import { examples } from "../../dev/examples.mjs";
import { setUpOrFail } from "../../dev/setup.mjs";
import { complaintsOf } from "../e2e/complaints.mjs";
import { journeyOfThisFile } from "../e2e/journey.mjs";
import { deny, enterPassword, signIn } from "../e2e/sign_in.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * The same journeys through each example: their pages differ in looks only.
 *
 * @param {string} name of the example
 * @param {{ inbox: string }} paths of its pages for members
 */
export async function journeysThrough(name, { inbox }) {
  const { wasm } = await setUpOrFail();
  const page = await examples[name].build(() => {}, wasm);
  const journey = journeyOfThisFile({ page });

  /** @param {import("playwright-core").BrowserContext} context */
  const open = async (context, path = "/") => {
    const page = await context.newPage();
    await page.goto(journey.stack.demo + path);
    return page;
  };
  const openLoggedIn = async () => {
    const context = await journey.newContext();
    const page = await open(context, inbox);
    await signIn(page);
    await page.getByText("Your token may read this.").waitFor();
    return { context, page };
  };

  test("whoever opens the inbox logs in and comes back to it, with one token request", async () => {
    const context = await journey.newContext();
    const complaints = await complaintsOf(context, journey.stack.demo);
    const page = await open(context, inbox);
    await signIn(page);
    await page.getByText("Your token may read this.").waitFor();
    assert.equal(page.url(), journey.stack.demo + inbox);
    assert.equal((await journey.requestsTo("token")).length, 1);

    await page.getByRole("link", { name: "Profile" }).click();
    await page.getByText("alice@example").waitFor();
    assert.deepEqual(complaints, []);
  });

  test("a visitor logs in by the button and out again", async () => {
    const page = await open(await journey.newContext());
    await page.getByRole("heading", { name: "Welcome" }).waitFor();
    await page.getByRole("button", { name: "Log in" }).click();
    await signIn(page);
    await page.getByText("Alice Archer").first().waitFor();

    const back = page.waitForURL(({ searchParams }) => searchParams.has("state"));
    await page.getByRole("button", { name: "Log out" }).click();
    await back;
    await page.getByRole("button", { name: "Log in" }).waitFor();
    assert.equal(await page.getByText("Alice Archer").count(), 0);
  });

  test("a reload keeps the visitor logged in", async () => {
    const { page } = await openLoggedIn();
    await page.reload();
    await page.getByText("Your token may read this.").waitFor();
    assert.equal(page.url(), journey.stack.demo + inbox);
  });

  test("a logout in another tab closes the inbox here, and the visitor is not sent to log in", async () => {
    const { context, page } = await openLoggedIn();
    const other = await open(context);
    await other.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).first().waitFor();
    assert.equal(await page.getByText("Your token may read this.").count(), 0);
    assert.equal(new URL(page.url()).origin, journey.stack.demo);
  });

  test("a login that the user refuses is told, and not asked for again", async () => {
    const context = await journey.newContext();
    /** @type {string[]} */
    const logins = [];
    context.on("request", (request) => {
      if (request.url().startsWith(`${journey.stack.issuer}/authorize?`))
        logins.push(request.url());
    });
    const page = await open(context, inbox);
    await enterPassword(page);
    await deny(page);
    await page.getByText("access_denied").waitFor();
    assert.equal(new URL(page.url()).origin, journey.stack.demo);
    assert.equal(logins.length, 1);
  });
}

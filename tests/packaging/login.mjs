import assert from "node:assert/strict";
import { closeContexts } from "../browser_contexts.mjs";
import { complaintsOf } from "../e2e/complaints.mjs";
import { signIn } from "../e2e/sign_in.mjs";

const LIMIT_MS = 60_000;

/**
 * Logs in to an app, reloads it, and logs out, as a person would.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin
 * @returns {Promise<string[]>} the paths that were asked for at this origin
 */
export async function logInAndOut(browser, origin) {
  const context = await browser.newContext();
  context.setDefaultTimeout(LIMIT_MS);
  try {
    const complaints = await complaintsOf(context, origin);
    const page = await context.newPage();
    /** @type {string[]} */
    const paths = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin === origin) paths.push(url.pathname);
    });
    const name = page.getByText("Alice Archer").first();
    await page.goto(`${origin}/`);
    await page.getByRole("button", { name: "Log in" }).first().click();
    await signIn(page);
    await name.waitFor();
    await page.reload();
    await name.waitFor();
    await logOut(page, origin);
    assert.equal(await name.count(), 0);
    assert.deepEqual(complaints, []);
    return paths;
  } finally {
    await closeContexts([context]);
  }
}

/**
 * Logs out of an app and waits until the server has sent the person back to it.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} origin
 */
export async function logOut(page, origin) {
  const inUrl = (/** @type {URL} */ { searchParams }) => searchParams.has("state");
  const back = page.waitForURL(inUrl);
  await page.getByRole("button", { name: "Log out" }).click();
  await back;
  await page.waitForURL((url) => url.origin === origin && !inUrl(url));
  await page.getByRole("button", { name: "Log in" }).first().waitFor();
}

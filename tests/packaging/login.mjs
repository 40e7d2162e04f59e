import assert from "node:assert/strict";
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
    await page.goto(`${origin}/`);
    await page.getByText("Not logged in").waitFor();
    await page.getByRole("button", { name: "Log in" }).click();
    await signIn(page);
    await page.getByText("Hello, Alice Archer").waitFor();
    await page.reload();
    await page.getByText("Hello, Alice Archer").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("Not logged in").waitFor();
    assert.equal(page.url(), `${origin}/`);
    assert.deepEqual(complaints, []);
    return paths;
  } finally {
    await context.close();
  }
}

/** @typedef {import("playwright-core").Page} Page */

/**
 * Fills in the authorization server's login page.
 *
 * @param {Page} page
 * @param {{ username?: string, password?: string }} [who]
 */
export async function enterPassword(
  page,
  { username = "alice", password = `${username}-password` } = {},
) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** @param {Page} page */
export async function allow(page) {
  await page.getByRole("button", { name: "Allow" }).click();
}

/** @param {Page} page */
export async function deny(page) {
  await page.getByRole("button", { name: "Deny" }).click();
}

/**
 * What a person does who comes for the first time: password, then consent.
 *
 * @param {Page} page
 * @param {{ username?: string, password?: string }} [who]
 */
export async function signIn(page, who) {
  await enterPassword(page, who);
  await allow(page);
}

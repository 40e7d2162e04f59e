/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../e2e/journey.mjs").Journey} Journey */

/**
 * The server takes back what it has just given. The page is marked, so that it is told from the next one.
 *
 * @param {Journey} journey
 * @param {Page} page
 * @param {() => Promise<void>} notice has the client notice
 */
export async function endAtOnce(journey, page, notice) {
  await journey.order("POST", "/grants/revoke", {});
  await page.evaluate(() => Object.assign(window, { isEnded: true }));
  await notice();
}

/**
 * Waits until another page of the app shows this.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function untilAnotherPage(page, text) {
  await page.waitForFunction(
    (text) => !("isEnded" in window) && document.body.innerText.includes(text),
    text,
  );
}

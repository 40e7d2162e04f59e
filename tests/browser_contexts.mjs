/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

/**
 * Closes what a test opened. Chromium never ends closing a context one of whose pages is just on its
 * way to another, as after a logout: first all of them come to rest.
 *
 * @param {BrowserContext[]} contexts
 */
export async function closeContexts(contexts) {
  await Promise.all(
    contexts.map(async (context) => {
      await Promise.all(context.pages().map(bringToRest));
      await context.close();
    }),
  );
}

/** @param {Page} page */
async function bringToRest(page) {
  while (!page.isClosed() && page.url() !== "about:blank") {
    await page.goto("about:blank").catch((error) => {
      if (page.isClosed() || error.message.includes("interrupted by another navigation")) return;
      throw error;
    });
  }
}

/**
 * @param {import("playwright-core").Page} page
 * @param {unknown} config
 * @returns {Promise<import("./blank_page.mjs").Failure | null>} how `createClient` refused it
 */
export function refusalOf(page, config) {
  return page.evaluate(
    async ({ path, config }) => {
      const { createClient, AuthError } = /** @type {typeof import("portcullis")} */ (
        await import(path)
      );
      try {
        await createClient(/** @type {any} */ (config));
        return null;
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        const { name, code, message, retryable, status } = error;
        return { name, code, message, retryable, status };
      }
    },
    { path: "/pkg/index.js", config },
  );
}

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").Failure} Failure */

/**
 * @param {Page} page
 * @param {unknown} config
 * @returns {Promise<Failure | null>} how `createClient` refused it
 */
export async function refusalOf(page, config) {
  return (await startOf(page, config)).refusal;
}

/**
 * @param {Page} page
 * @param {unknown} config
 * @returns {Promise<Failure | null>} why a client that was created, in a page without a session, does not run
 */
export async function whyItDoesNotRun(page, config) {
  const { refusal, answer } = await startOf(page, config);
  if (refusal) throw new Error(`createClient rejected: ${refusal.message}`);
  return answer?.code === "not_authenticated" ? null : answer;
}

/**
 * @param {Page} page
 * @param {unknown} config
 * @returns {Promise<{ refusal: Failure | null, answer: Failure | null }>} how `createClient` refused it, or
 *   else the client's first call
 */
function startOf(page, config) {
  return page.evaluate(
    async ({ path, config }) => {
      const { createClient, AuthError } = /** @type {typeof import("portcullis")} */ (
        await import(path)
      );
      /**
       * @template T
       * @param {Promise<T>} promise
       */
      const outcomeOf = async (promise) => {
        try {
          return { value: await promise, failure: null };
        } catch (error) {
          if (!(error instanceof AuthError)) throw error;
          const { name, code, message, retryable, status } = error;
          return { failure: { name, code, message, retryable, status } };
        }
      };
      const { value: client, failure } = await outcomeOf(createClient(/** @type {any} */ (config)));
      const answer = client ? (await outcomeOf(client.getAccessToken())).failure : null;
      return { refusal: failure, answer };
    },
    { path: "/pkg/index.js", config },
  );
}

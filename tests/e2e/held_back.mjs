/**
 * Holds back the answers to requests for a file.
 *
 * @param {import("playwright-core").BrowserContext | import("playwright-core").Page} where
 * @param {string} file
 * @returns {Promise<() => void>} lets them go
 */
export async function holdBack(where, file) {
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await where.route(file, (route) => released.then(() => route.continue()));
  return release;
}

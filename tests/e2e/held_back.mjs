/**
 * Holds back the answers to requests for a file.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} file
 * @returns {Promise<() => void>} lets them go
 */
export async function holdBack(context, file) {
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await context.route(file, (route) => released.then(() => route.continue()));
  return release;
}

/**
 * @typedef {object} Settings what every app gets
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} scope
 * @property {Record<string, unknown>} metadata the server's, for a library that can't discover it here
 */

/**
 * @typedef {object} App the same app by each library
 * @property {boolean} authenticated once it is ready
 * @property {() => Promise<unknown>} login leaves for the server
 * @property {() => Promise<unknown>} [whole] once a login can begin, where that is later than the app is ready
 * @property {() => Promise<string | undefined>} token one that is valid
 * @property {() => Promise<unknown>} refresh also when the token is still valid
 */

/** @typedef {(settings: Settings) => Promise<App>} Start finishes a login or restores a session */

/**
 * @typedef {object} Told what a page tells the benchmark; times are milliseconds of its own clock
 * @property {App} [app]
 * @property {number} [readyAt]
 * @property {number} [usableAt] when it had an access token, or could begin a login
 * @property {string} [failure]
 * @property {boolean} [isLeft] set by the benchmark when a login leaves the page
 */

/**
 * Starts an app, and says when it knew its state and when it had a token.
 *
 * @param {Start} start
 */
export async function run(start) {
  const page = /** @type {{ settings: Settings, told: Told }} */ (
    /** @type {unknown} */ (globalThis)
  );
  const told = (page.told = /** @type {Told} */ ({}));
  try {
    const app = await start(page.settings);
    told.readyAt = performance.now();
    told.app = app;
    await (app.authenticated ? app.token() : app.whole?.());
    told.usableAt = performance.now();
  } catch (error) {
    told.failure = String(error);
    throw error;
  }
}

import { signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./journey.mjs").Journey} Journey */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("portcullis").LoginOptions} LoginOptions */

/**
 * @typedef {object} Tab a client that runs in a page, and what it told
 * @property {import("portcullis").Client} client
 * @property {import("portcullis").AuthState[]} states
 * @property {{ event: string, detail: any }[]} events
 * @property {import("portcullis").LogEvent[]} logged
 * @property {(promise: Promise<unknown>) => Promise<Failure | null>} failureOf
 */

/** @typedef {import("playwright-core").JSHandle<Tab>} TabHandle */

/**
 * @typedef {object} Failure how a promise was rejected
 * @property {string} name
 * @property {string} code
 * @property {string} message
 * @property {boolean} retryable
 * @property {string} [oauthError]
 * @property {string} [description]
 * @property {number} [status]
 */

/** The built package, as the demo serves it. */
const PACKAGE = "/pkg/index.js";

/**
 * A browser in which every page of the demo's origin is empty, under the demo's own headers.
 *
 * @param {Journey} journey
 */
export async function newBlankContext(journey) {
  const context = await journey.newContext();
  await context.route(`${journey.stack.demo}/main.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: "" }),
  );
  return context;
}

/**
 * @param {Journey} journey
 * @param {BrowserContext} [context]
 */
export async function openBlankPage(journey, context) {
  const page = await (context ?? (await newBlankContext(journey))).newPage();
  await page.goto(`${journey.stack.demo}/blank`);
  return page;
}

/**
 * A configuration that works.
 *
 * @param {Journey} journey
 * @param {Partial<ClientConfig>} [changes]
 * @returns {ClientConfig}
 */
export function configFor(journey, changes = {}) {
  const { issuer, api } = journey.stack;
  return {
    issuer,
    clientId: "spa",
    redirectUri: "/callback",
    postLogoutRedirectUri: "/",
    scope: "openid profile email offline_access inbox.read",
    resource: api,
    apis: [api],
    ...changes,
  };
}

/**
 * @param {Page} page
 * @param {ClientConfig} config
 * @returns {Promise<TabHandle>}
 */
export function startClient(page, config) {
  return page.evaluateHandle(
    async ({ path, config }) => {
      const portcullis = /** @type {typeof import("portcullis")} */ (await import(path));
      /** @type {Pick<Tab, "states" | "events" | "logged">} */
      const told = { states: [], events: [], logged: [] };
      const client = await portcullis.createClient({
        ...config,
        logger: (event) => void told.logged.push(event),
      });
      client.subscribe((state) => void told.states.push(state));
      for (const event of /** @type {const} */ ([
        "login",
        "logout",
        "refreshed",
        "refreshFailed",
        "idleWarning",
      ])) {
        client.on(
          event,
          (/** @type {unknown} */ detail) => void told.events.push({ event, detail }),
        );
      }
      /** @param {Promise<unknown>} promise */
      const failureOf = async (promise) => {
        try {
          await promise;
          return null;
        } catch (error) {
          if (!(error instanceof portcullis.AuthError)) throw error;
          const { name, code, message, retryable, oauthError, description, status } = error;
          return { name, code, message, retryable, oauthError, description, status };
        }
      };
      return { client, failureOf, ...told };
    },
    { path: PACKAGE, config },
  );
}

/**
 * Leaves for the login page.
 *
 * @param {TabHandle} tab
 * @param {LoginOptions} [options]
 */
export async function beginLogin(tab, options) {
  await tab.evaluate(({ client }, options) => void client.loginWithRedirect(options), options);
}

/**
 * Goes through a whole login up to the callback page, on which no client runs yet.
 *
 * @param {Journey} journey
 * @param {Page} page
 * @param {{ config?: ClientConfig, options?: LoginOptions, who?: { username: string } }} [how]
 */
export async function comeBackFromLogin(journey, page, { config, options, who } = {}) {
  await beginLogin(await startClient(page, config ?? configFor(journey)), options);
  await signIn(page, who);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
}

/**
 * A page in which somebody is logged in.
 *
 * @param {Journey} journey
 * @param {{ context?: BrowserContext, config?: ClientConfig, options?: LoginOptions, who?: { username: string } }} [how]
 */
export async function logIn(journey, { context, ...how } = {}) {
  const page = await openBlankPage(journey, context);
  await comeBackFromLogin(journey, page, how);
  return { page, tab: await startClient(page, how.config ?? configFor(journey)) };
}

/**
 * Waits until a client runs, in a page in which nobody is logged in: it is created before its wasm is there.
 *
 * @param {TabHandle} tab
 */
export async function untilItRuns(tab) {
  await tab.evaluate(({ client, failureOf }) => failureOf(client.getAccessToken()));
}

/** @param {TabHandle} tab */
export function stateOf(tab) {
  return tab.evaluate(({ client }) => client.state);
}

/**
 * Waits until a client is in this state.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 * @param {"anonymous" | "authenticated"} status
 */
export async function untilStatus(page, tab, status) {
  await page.waitForFunction(({ tab, status }) => tab.client.state.status === status, {
    tab,
    status,
  });
}

/**
 * Waits until a client has told this event so many times.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 * @param {keyof import("portcullis").ClientEvents} event
 * @param {number} [times]
 */
export async function untilEvent(page, tab, event, times = 1) {
  await page.waitForFunction(
    ({ tab, event, times }) => tab.events.filter((told) => told.event === event).length >= times,
    { tab, event, times },
  );
}

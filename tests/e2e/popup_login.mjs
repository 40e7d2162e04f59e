/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("./blank_page.mjs").Failure} Failure */
/** @typedef {import("./journey.mjs").Journey} Journey */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("portcullis").PopupOptions} PopupOptions */

/** @typedef {{ user?: string, failure?: Failure | null }} Outcome */
/** @typedef {import("playwright-core").JSHandle<{ settled: Promise<Outcome> }>} LoginHandle */

/** The app, as far as it matters here: it starts its client at its redirect URI. */
const APP = `
  import { createClient } from "/pkg/index.js";
  const start = async () => createClient(await (await fetch("/app-config.json")).json());
  if (location.pathname === "/callback") {
    const client = await start();
    if (client.callback === null) await client.handleRedirectCallback();
    document.title = client.callback?.error?.code ?? client.state.status;
  } else if (location.pathname === "/unasked-popup") {
    const client = await start();
    client.loginWithPopup().catch(({ code }) => console.info("popup: " + code));
  }
`;

/**
 * A browser in which the demo's pages are empty, but for the redirect URI: there the app starts.
 *
 * @param {Journey} journey
 * @param {ClientConfig} config
 * @param {{ startsAfter?: Promise<unknown> }} [how] startsAfter: what the app has to wait for
 */
export async function newAppContext(journey, config, { startsAfter } = {}) {
  const { demo } = journey.stack;
  const context = await journey.newContext();
  await context.route(`${demo}/app-config.json`, (route) => route.fulfill({ json: config }));
  await context.route(`${demo}/main.js`, async (route) => {
    if (new URL(route.request().frame().url()).pathname === "/callback") await startsAfter;
    await route.fulfill({ contentType: "text/javascript", body: APP });
  });
  return context;
}

/**
 * Clicks a button that begins a login in a popup.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 * @param {Omit<PopupOptions, "popup" | "appState" | "claims">} [options]
 */
export async function beginPopupLogin(page, tab, options) {
  const login = await bindButton(page, tab, options);
  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Log in" }).click();
  return { popup: await opening, login };
}

/**
 * A button that logs in in a popup, and what comes of it.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 * @param {Omit<PopupOptions, "popup" | "appState" | "claims">} [options]
 * @returns {Promise<LoginHandle>}
 */
export function bindButton(page, tab, options) {
  return page.evaluateHandle(
    ({ tab, options }) => {
      /** @type {{ settled: Promise<Outcome> }} */
      const login = { settled: Promise.resolve({}) };
      const button = document.createElement("button");
      button.textContent = "Log in";
      button.onclick = () => {
        const user = tab.client.loginWithPopup(options);
        login.settled = user.then(
          ({ sub }) => ({ user: sub }),
          async () => ({ failure: await tab.failureOf(user) }),
        );
      };
      document.body.replaceChildren(button);
      return login;
    },
    { tab, options },
  );
}

/** @param {LoginHandle} login */
export function outcomeOf(login) {
  return login.evaluate(({ settled }) => settled);
}

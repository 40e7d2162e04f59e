import assert from "node:assert/strict";
import { test } from "node:test";
import { journeyOfThisFile } from "../e2e/journey.mjs";
import { signIn } from "../e2e/sign_in.mjs";
import { buildPage } from "./adapter_page.mjs";
import { endAtOnce, untilAnotherPage } from "./ended_session.mjs";
import { clientsOf, untilClients } from "./running_clients.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * The store's tests in a browser, with the real server, for the stores of one version of Svelte.
 *
 * @param {"svelte-4" | "svelte-5"} version
 */
export async function journeysWith(version) {
  /** @type {Record<string, string>} */
  const alias = version === "svelte-4" ? { svelte: "svelte-4" } : {};
  const page = await buildPage(version, { entry: "svelte_page.mjs", alias });
  const journey = journeyOfThisFile({ page, accessTokenTtl: 3600 });

  const open = async (config = {}) => {
    const context = await journey.newContext();
    await context.addInitScript(
      (config) => Object.assign(window, { settings: { config } }),
      config,
    );
    const page = await context.newPage();
    await page.goto(`${journey.stack.demo}/inbox`);
    return page;
  };
  const adapterOf = (/** @type {Page} */ page) =>
    page.evaluateHandle(
      () =>
        /** @type {import("./svelte_page.mjs").TestWindow} */ (/** @type {unknown} */ (window))
          .adapter,
    );
  const openLoggedIn = async (config = {}) => {
    const page = await open(config);
    await page.getByText("anonymous").waitFor();
    await (await adapterOf(page)).evaluate(({ auth }) => void auth.requireLogin());
    await signIn(page);
    await page.getByText("authenticated").waitFor();
    return page;
  };

  test("requireLogin leads to the login and back to the page, and then lets the user in", async () => {
    const page = await openLoggedIn();
    assert.equal(page.url(), `${journey.stack.demo}/inbox`);
    assert.equal(await (await adapterOf(page)).evaluate(({ auth }) => auth.requireLogin()), true);
  });

  test("a new access token is told once, and not by a store of something else", async () => {
    const adapter = await adapterOf(await openLoggedIn());
    const before = await adapter.evaluate(({ told }) => told());
    await adapter.evaluate(({ auth }) => auth.refresh());
    const after = await adapter.evaluate(({ told }) => told());
    assert.deepEqual(after, { whole: before.whole + 1, name: before.name });
  });

  test("after a logout requireLogin asks, and does not log in by itself", async () => {
    const page = await openLoggedIn();
    const adapter = await adapterOf(page);
    await adapter.evaluate(({ auth }) => auth.logout({ local: true }));
    await page.getByText("anonymous").waitFor();
    assert.equal(await adapter.evaluate(({ auth }) => auth.requireLogin()), false);
  });

  test("a server that ends each session at once sends nobody round and round", async () => {
    const page = await openLoggedIn({ silentLogin: "off" });
    const endNow = () =>
      endAtOnce(journey, page, async () => {
        await (await adapterOf(page)).evaluate(({ auth }) => auth.refresh().catch(() => {}));
      });
    await endNow();
    await (await adapterOf(page)).evaluate(({ auth }) => void auth.requireLogin());
    // Its own session lets the user in without a word.
    await untilAnotherPage(page, "authenticated");
    await endNow();
    const adapter = await adapterOf(page);
    assert.equal(await adapter.evaluate(({ auth }) => auth.requireLogin()), false);
  });

  test("a store that is closed leaves no client behind", async () => {
    const page = await openLoggedIn();
    assert.equal(await clientsOf(page), 1);
    await (await adapterOf(page)).evaluate(({ auth }) => auth.close());
    await untilClients(page, 0);
  });

  test("a wrong configuration is told, and whoever waits for the client hears of it", async () => {
    const page = await open({ nonsense: true });
    await page.getByText("failed invalid_config").waitFor();
    const code = await (
      await adapterOf(page)
    ).evaluate(({ auth }) =>
      Promise.any([auth.ready, auth.getAccessToken()]).catch(({ errors }) =>
        errors.map((/** @type {{ code: string }} */ { code }) => code),
      ),
    );
    assert.deepEqual(code, ["invalid_config", "invalid_config"]);
  });
}

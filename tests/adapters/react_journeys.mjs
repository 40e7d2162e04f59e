import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf } from "../e2e/complaints.mjs";
import { journeyOfThisFile } from "../e2e/journey.mjs";
import { deny, enterPassword, signIn } from "../e2e/sign_in.mjs";
import { buildForServer, buildPage } from "./adapter_page.mjs";
import { endAtOnce, untilAnotherPage } from "./ended_session.mjs";
import { clientsOf, untilClients } from "./running_clients.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./react_page.mjs").Settings} Settings */

/**
 * The adapter's tests in a browser, with the real server, for one version of React.
 *
 * @param {"react-18" | "react-19"} version
 */
export async function journeysIn(version) {
  /** @type {Record<string, string>} */
  const alias = version === "react-18" ? { react: "react-18", "react-dom": "react-dom-18" } : {};
  const page = await buildPage(version, { entry: "react_page.mjs", alias });
  const journey = journeyOfThisFile({ page, backForwardCache: true, accessTokenTtl: 3600 });
  const inbox = "Your token may read this.";

  /** @param {Settings} [settings] */
  const newContext = async (settings = {}) => {
    const context = await journey.newContext();
    await context.addInitScript((settings) => Object.assign(window, { settings }), settings);
    return context;
  };
  const open = async (/** @type {BrowserContext} */ context, path = "/") => {
    const page = await context.newPage();
    await page.goto(journey.stack.demo + path);
    return page;
  };
  const openInbox = async (/** @type {Settings} */ settings) => {
    const context = await newContext(settings);
    const page = await open(context, "/inbox");
    await signIn(page);
    await page.getByText(inbox).waitFor();
    return { context, page };
  };
  const endNow = (/** @type {Page} */ page) =>
    endAtOnce(journey, page, async () => {
      const adapter = await adapterOf(page);
      await adapter.evaluate(({ auth }) => {
        void auth()
          .refresh()
          .catch(() => {});
      });
    });
  const untilStatus = (/** @type {Page} */ page, /** @type {string} */ status) =>
    page.locator("#status", { hasText: status }).waitFor();

  test("a deep link for users leads to the login and back to it", async () => {
    const { page } = await openInbox({});
    assert.equal(page.url(), `${journey.stack.demo}/inbox`);
    assert.equal(await page.locator("#name").innerText(), "Alice Archer");
  });

  test("StrictMode makes one client, which asks for tokens once, and complains of nothing", async () => {
    const context = await newContext({ strict: true });
    const complaints = await complaintsOf(context, journey.stack.demo);
    /** @type {string[]} */
    const logins = [];
    context.on("request", (request) => {
      if (request.url().startsWith(`${journey.stack.issuer}/authorize?`))
        logins.push(request.url());
    });
    const page = await open(context, "/inbox");
    await signIn(page);
    await page.getByText(inbox).waitFor();
    assert.equal(logins.length, 1);
    assert.equal((await journey.requestsTo("token")).length, 1);
    assert.equal(await clientsOf(page), 1);
    assert.deepEqual(complaints, []);
  });

  test("a new access token renders what uses the session once, and nothing else", async () => {
    const { page } = await openInbox({});
    const before = await rendersOf(page);
    const adapter = await adapterOf(page);
    await adapter.evaluate(({ auth }) => auth().refresh());
    await page.waitForFunction(({ adapter, whole }) => adapter.renders().whole > whole, {
      adapter,
      whole: before.whole,
    });
    assert.deepEqual(await rendersOf(page), { ...before, whole: before.whole + 1 });
  });

  test("what is no change renders nothing", async () => {
    const { page } = await openInbox({});
    const before = await rendersOf(page);
    await (
      await adapterOf(page)
    ).evaluate(async ({ auth }) => {
      await auth().getAccessToken();
      await auth()
        .getAccessToken({ minValidity: -1 })
        .catch(() => {});
    });
    assert.deepEqual(await rendersOf(page), before);
  });

  test("a provider that is rendered again with an equal configuration keeps its client", async () => {
    const { page } = await openInbox({});
    const adapter = await adapterOf(page);
    const client = await adapter.evaluateHandle(({ auth }) => auth().client);
    await adapter.evaluate(({ render }) => render({}));
    assert.ok(await adapter.evaluate(({ auth }, client) => auth().client === client, client));
    assert.equal((await journey.requestsTo("token")).length, 1);
  });

  test("a provider that gets another configuration changes its client and closes the first", async () => {
    const { page } = await openInbox({});
    const adapter = await adapterOf(page);
    const first = await adapter.evaluateHandle(({ auth }) => auth().client);
    await adapter.evaluate(({ render }) => render({ config: { clockTolerance: 31 } }));
    await page.waitForFunction(
      ({ adapter, first }) => {
        const { status, client } = adapter.auth();
        return status === "authenticated" && client !== first;
      },
      { adapter, first },
    );
    await untilClients(page, 1);
  });

  test("a provider that another takes the place of, as by hot reload, hands its client on", async () => {
    const { page } = await openInbox({ strict: true });
    const adapter = await adapterOf(page);
    const client = await adapter.evaluateHandle(({ auth }) => auth().client);
    await adapter.evaluate(({ render }) => render({ generation: "second" }));
    await page.getByText(inbox).waitFor();
    assert.ok(await adapter.evaluate(({ auth }, client) => auth().client === client, client));
    assert.equal(await clientsOf(page), 1);
    assert.equal((await journey.requestsTo("token")).length, 1);
  });

  test("a logout in another tab is shown in this one, which does not log in by itself", async () => {
    const { context, page } = await openInbox({});
    const other = await open(context);
    await untilStatus(other, "authenticated");
    await (await adapterOf(other)).evaluate(({ auth }) => auth().logout({ local: true }));
    await untilStatus(page, "logged_out_elsewhere");
    assert.equal(await page.locator("#login").innerText(), "logged_out_elsewhere undefined");
    assert.equal(await page.getByText(inbox).count(), 0);
  });

  test("a session that the server ended leads to the login by itself, and back", async () => {
    const { page } = await openInbox({});
    await journey.endAllSessions();
    await (
      await adapterOf(page)
    ).evaluate(
      ({ auth }) =>
        void auth()
          .refresh()
          .catch(() => {}),
    );
    await signIn(page);
    await page.getByText(inbox).waitFor();
    assert.equal(page.url(), `${journey.stack.demo}/inbox`);
  });

  test("a server that ends each session at once sends nobody round and round", async () => {
    const { page } = await openInbox({ config: { silentLogin: "off" } });
    await endNow(page);
    // Its own session lets the user in without a word.
    await untilAnotherPage(page, inbox);
    await journey.forgetRequests();
    await endNow(page);
    await page.locator("#login", { hasText: "revoked undefined" }).waitFor();
    assert.deepEqual(await journey.requestsTo("authorization"), []);
    await page.locator("#login").click();
    await page.getByText(inbox).waitFor();
  });

  test("an unmounted provider leaves no client behind, and mounted again it has the session", async () => {
    const { page } = await openInbox({ strict: true });
    const adapter = await adapterOf(page);
    await adapter.evaluate(({ unmount }) => unmount());
    await untilClients(page, 0);
    await adapter.evaluate(({ remount }) => remount());
    await page.getByText(inbox).waitFor();
    assert.equal(await clientsOf(page), 1);
  });

  test("a login that the user refuses is told, and not asked for again", async () => {
    const page = await open(await newContext({ strict: true }), "/inbox");
    await enterPassword(page);
    await deny(page);
    assert.equal(await page.locator("#login").innerText(), "login_failed access_denied");
    assert.equal(page.url(), `${journey.stack.demo}/inbox`);
  });

  test("a login that can't begin is told, and can be tried again", async () => {
    await journey.breakServer({ endpoint: "discovery", kind: "drop_before", times: 10 });
    const page = await open(await newContext(), "/inbox");
    await page.locator("#login", { hasText: "never network" }).waitFor();
    await journey.repairServer();
    await page.locator("#login").click();
    await signIn(page);
    await page.getByText(inbox).waitFor();
  });

  test("who comes back from the login page by the browser's button is asked, not sent again", async () => {
    const context = await newContext();
    const page = await open(context);
    await untilStatus(page, "anonymous");
    await (
      await adapterOf(page)
    ).evaluate(({ render }) => {
      history.replaceState(null, "", "/inbox");
      render({});
    });
    await page.getByLabel("Password").waitFor();
    await page.goBack({ waitUntil: "commit" });
    await page.locator("#login", { hasText: "never aborted" }).waitFor();
  });

  test("a plain button asks for the login where the app has nothing else to show", async () => {
    const { context, page } = await openInbox({ bare: true });
    const other = await open(context);
    await untilStatus(other, "authenticated");
    await (await adapterOf(other)).evaluate(({ auth }) => auth().logout({ local: true }));
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText(inbox).waitFor();
  });

  test("a wrong configuration is shown by errorFallback", async () => {
    const page = await open(await newContext({ config: { scope: "profile" } }));
    await page.locator("#failure", { hasText: "invalid_config" }).waitFor();
  });

  test("without errorFallback a wrong configuration goes to the error boundary", async () => {
    const page = await open(await newContext({ bare: true, config: { nonsense: true } }));
    await page.locator("#boundary", { hasText: "invalid_config" }).waitFor();
  });

  test("with suspense the nearest Suspense shows its fallback until the client runs", async () => {
    const context = await newContext({ suspense: true, strict: true });
    let release = () => {};
    const held = new Promise((resolve) => (release = () => resolve(undefined)));
    await context.route("**/*.wasm", async (route) => {
      await held;
      await route.continue();
    });
    const page = await open(context);
    await page.getByText("suspended").waitFor();
    assert.equal(await page.getByText("own fallback").count(), 0);
    release();
    await untilStatus(page, "anonymous");
  });

  for (const { how, ...changes } of [
    { how: "without suspense" },
    { how: "with suspense", suspense: true },
    { how: "with a client that it has made before", makesClient: true },
  ]) {
    test(`a server renders what is seen while the client starts, and a browser goes on with it, ${how}`, async () => {
      const settings = { ...changes, serverPath: "/inbox" };
      const { render } = await import(
        await buildForServer(version, { entry: "react_server.mjs", alias })
      );
      const html = render(settings);
      assert.match(html, /id="status">loading .*id="leaving">leaving/s);

      const context = await newContext({ ...settings, hydrate: true });
      const complaints = await complaintsOf(context, journey.stack.demo);
      // What is in the page when its script begins; a page that a test answers for gets no servers to talk to.
      const body = `document.getElementById("app").innerHTML = ${JSON.stringify(html)};
        await import("/page.js?itself");`;
      await context.route(`${journey.stack.demo}/page.js`, (route) =>
        route.fulfill({ contentType: "text/javascript", body }),
      );
      const page = await open(context, "/inbox");
      await signIn(page);
      await page.getByText(inbox).waitFor();
      assert.deepEqual(complaints, []);
    });
  }
}

/** @param {Page} page */
function adapterOf(page) {
  return page.evaluateHandle(
    () =>
      /** @type {import("./react_page.mjs").TestWindow} */ (/** @type {unknown} */ (window))
        .adapter,
  );
}

/** @param {Page} page */
async function rendersOf(page) {
  return (await adapterOf(page)).evaluate(({ renders }) => renders());
}

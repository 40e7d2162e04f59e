import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configFor, openBlankPage, startClient, stateOf, untilItRuns } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { beginPopupLogin, bindButton, newAppContext, outcomeOf } from "./popup_login.mjs";
import { deny, enterPassword, signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */

const journey = journeyOfThisFile({ popupBlocker: true });

/**
 * A page of an app that logs in in popups.
 *
 * @param {Partial<ClientConfig>} [changes]
 * @param {{ startsAfter?: Promise<unknown> }} [how]
 */
async function openApp(changes, how) {
  const config = configFor(journey, changes);
  const context = await newAppContext(journey, config, how);
  const page = await openBlankPage(journey, context);
  return { context, config, page, tab: await startClient(page, config) };
}

/** The popup as the page sees it that opened it. */
const watchOpenedWindow = () => {
  const open = window.open.bind(window);
  window.open = (...args) => (Object(window).opened = open(...args));
};

/** @param {Page} page */
const readsAsClosed = (page) => page.waitForFunction(() => Object(window).opened.closed);

/**
 * Waits until the client has seen its popup at the server long enough: the timer here is set after the
 * client's, and ticks no more often.
 *
 * @param {Page} page
 */
function hasSeenPopupElsewhere(page) {
  return page.evaluate(async () => {
    for (let seen = 0; seen < 20;) {
      await new Promise((passed) => setTimeout(passed, 50));
      try {
        void Object(window).opened.location.href;
      } catch {
        seen++;
      }
    }
  });
}

/**
 * The callback that somebody else would send for a login, who knows its state.
 *
 * @param {string} state
 */
const forgedCallback = (state) =>
  `${journey.stack.demo}/callback?code=forged&state=${state}&iss=${journey.stack.issuer}`;

for (const policy of [undefined, "same-origin", "same-origin-allow-popups"]) {
  test(`a login in a popup gives the user to the page that stayed, with ${policy ?? "no"} opener policy`, async () => {
    if (policy) journey.setHeaders({ "Cross-Origin-Opener-Policy": policy });
    const { page, tab } = await openApp();
    const { popup, login } = await beginPopupLogin(page, tab);
    /** @type {string[]} */
    const fetched = [];
    popup.on("request", (request) => void fetched.push(request.url()));
    const closed = popup.waitForEvent("close");
    await signIn(popup);
    assert.deepEqual(await outcomeOf(login), { user: "alice" });
    await closed;
    assert.ok(fetched.includes(`${journey.stack.demo}/pkg/index.js`));
    assert.ok(!fetched.some((url) => url.endsWith(".wasm")), "the popup needs no wasm");
    const state = await stateOf(tab);
    assert.ok(state.status === "authenticated" && state.sender === "dpop");
    assert.equal(page.url(), `${journey.stack.demo}/blank`);
    assert.equal((await journey.requestsTo("token")).length, 1);
    assert.equal((await journey.requestsTo("pushed_authorization_request")).length, 1);
  });
}

test("a popup that an opener policy cuts off reads as closed and is not taken for it, but ends when the time is over", async () => {
  journey.setHeaders({ "Cross-Origin-Opener-Policy": "same-origin" });
  const { page, tab } = await openApp();
  await page.evaluate(watchOpenedWindow);
  const { popup, login } = await beginPopupLogin(page, tab, { timeout: 8 });
  await popup.getByLabel("Username").waitFor();
  await readsAsClosed(page);
  const { failure } = await outcomeOf(login);
  assert.deepEqual([failure?.code, failure?.retryable], ["timeout", true]);
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "never" });
});

test("a popup that is cut off on its way back, and whose page is slow to start, is waited for", async () => {
  journey.setHeaders({ "Cross-Origin-Opener-Policy": "same-origin-allow-popups" });
  /** @type {(value?: unknown) => void} */
  let start = () => {};
  const startsAfter = new Promise((resolve) => (start = resolve));
  const { page, tab } = await openApp({}, { startsAfter });
  await page.evaluate(watchOpenedWindow);
  const { popup, login } = await beginPopupLogin(page, tab);
  await signIn(popup);
  await readsAsClosed(page);
  start();
  assert.deepEqual(await outcomeOf(login), { user: "alice" });
});

test("a popup that the user closes ends the login with popup_closed", async () => {
  const { page, tab } = await openApp();
  await page.evaluate(watchOpenedWindow);
  const { popup, login } = await beginPopupLogin(page, tab);
  await popup.getByLabel("Username").waitFor();
  await hasSeenPopupElsewhere(page);
  await popup.close();
  assert.equal((await outcomeOf(login)).failure?.code, "popup_closed");
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "never" });
});

/** @type {[string, string, Partial<ClientConfig>][]} */
const waits = [
  ["is sent anywhere", "/par*", { par: "required" }],
  ["gets to the server", "/authorize?*", { par: "off" }],
];
for (const [until, path, changes] of waits) {
  test(`a popup that the user closes before it ${until} ends the login with popup_closed`, async () => {
    const { page, tab, context } = await openApp(changes);
    const url = journey.stack.issuer + path;
    // Nobody answers.
    await context.route(url, () => {});
    const asked = context.waitForEvent("request", (sent) => sent.url().includes(path.slice(0, -1)));
    const { popup, login } = await beginPopupLogin(page, tab);
    await asked;
    await popup.close({ runBeforeUnload: true });
    assert.equal((await outcomeOf(login)).failure?.code, "popup_closed");
  });
}

test("a popup that the browser blocks is told from a closed one, and nothing is sent", async () => {
  const context = await newAppContext(journey, configFor(journey));
  const page = await context.newPage();
  // What a test runs in the page counts as something the user did: only the page itself may speak.
  const told = page.waitForEvent("console", (message) => message.text().startsWith("popup: "));
  await page.goto(`${journey.stack.demo}/unasked-popup`);
  assert.equal((await told).text(), "popup: popup_blocked");
  assert.deepEqual(await journey.requestsTo("pushed_authorization_request"), []);
});

test("a user who says no gives the opener access_denied, and the popup closes", async () => {
  const { page, tab } = await openApp();
  const { popup, login } = await beginPopupLogin(page, tab);
  const closed = popup.waitForEvent("close");
  await enterPassword(popup);
  await deny(popup);
  const { failure } = await outcomeOf(login);
  assert.deepEqual([failure?.code, failure?.oauthError], ["access_denied", "access_denied"]);
  await closed;
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "never" });
});

/** @type {[string, Partial<ClientConfig>][]} */
const ways = [
  ["refresh tokens in memory", { refreshTokens: "memory" }],
  ["the answer in the fragment", { responseMode: "fragment" }],
  ["callbacks that the app handles", { handleCallback: "manual" }],
];
for (const [what, changes] of ways) {
  test(`a login in a popup works with ${what}`, async () => {
    const { page, tab } = await openApp(changes);
    const { popup, login } = await beginPopupLogin(page, tab);
    await signIn(popup);
    assert.deepEqual(await outcomeOf(login), { user: "alice" });
    const { api } = journey.stack;
    assert.equal(
      await tab.evaluate(async ({ client }, url) => (await client.fetch(url)).status, `${api}/me`),
      200,
    );
    assert.equal((await journey.requestsTo("token")).length, 1);
  });
}

test("what a popup is to ask for is asked for, and an app may bring its own window", async () => {
  const { page, tab, context } = await openApp({ par: "off" });
  const asked = context.waitForEvent("request", (request) => request.url().includes("/authorize?"));
  const opening = page.waitForEvent("popup");
  const login = await page.evaluateHandle((tab) => {
    const popup = window.open("about:blank", "_blank", "popup,width=300,height=300") ?? undefined;
    const options = { popup, acrValues: "gold", maxAge: 60, loginHint: "alice" };
    return { settled: tab.client.loginWithPopup(options).then(({ sub }) => sub) };
  }, tab);
  const popup = await opening;
  const { searchParams } = new URL((await asked).url());
  assert.deepEqual(
    ["acr_values", "max_age", "login_hint"].map((name) => searchParams.get(name)),
    ["gold", "60", "alice"],
  );
  await signIn(popup);
  assert.equal(await login.evaluate(({ settled }) => settled), "alice");
});

test("options that can't be right are refused before a window is opened", async () => {
  const { page, tab } = await openApp();
  // Until the core runs, which judges, a window is opened with the click.
  await untilItRuns(tab);
  await page.evaluate(watchOpenedWindow);
  await journey.forgetRequests();
  for (const [name, options] of /** @type {[string, any][]} */ ([
    ["returnTo", { returnTo: "//evil.example" }],
    ["scope", { scope: "profile" }],
    ["state", { extraParams: { state: "mine" } }],
    ["timeout", { timeout: 0 }],
    ["colour", { colour: "red" }],
  ])) {
    const login = await bindButton(page, tab, options);
    await page.getByRole("button", { name: "Log in" }).click();
    const { failure } = await outcomeOf(login);
    assert.equal(failure?.code, "invalid_config");
    assert.ok(failure.message.includes(name), failure.message);
  }
  assert.equal(await page.evaluate(() => Object(window).opened), undefined);
  assert.deepEqual(await journey.requestsTo("pushed_authorization_request"), []);
});

test("a window that the app brings and that is closed already ends the login with popup_closed", async () => {
  const { tab } = await openApp();
  const failure = await tab.evaluate(({ client, failureOf }) => {
    const popup = window.open("about:blank", "_blank", "popup") ?? undefined;
    popup?.close();
    return failureOf(client.loginWithPopup({ popup }));
  });
  assert.equal(failure?.code, "popup_closed");
  assert.deepEqual(await journey.requestsTo("pushed_authorization_request"), []);
});

test("a client that is closed gives its popup up", async () => {
  const { page, tab } = await openApp();
  const { popup, login } = await beginPopupLogin(page, tab);
  await popup.getByLabel("Username").waitFor();
  const closed = popup.waitForEvent("close");
  await tab.evaluate(({ client }) => client.close());
  assert.equal((await outcomeOf(login)).failure?.code, "aborted");
  await closed;
});

test("a popup whose opener has gone to another page finishes the login itself", async () => {
  const { page, tab } = await openApp();
  const { popup } = await beginPopupLogin(page, tab);
  await popup.getByLabel("Username").waitFor();
  await page.goto("about:blank");
  await signIn(popup);
  await popup.waitForFunction(() => document.title === "authenticated");
  assert.equal(popup.url(), `${journey.stack.demo}/callback`);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

describe("a login in a popup believes nobody but its popup:", () => {
  /** A login under way, and its state. */
  async function underWay() {
    const { page, tab, context } = await openApp({ par: "off" });
    const asked = context.waitForEvent("request", (sent) => sent.url().includes("/authorize?"));
    const { popup, login } = await beginPopupLogin(page, tab);
    const state = new URL((await asked).url()).searchParams.get("state") ?? "";
    await popup.getByLabel("Username").waitFor();
    await journey.forgetRequests();
    return { page, tab, context, popup, login, state };
  }

  /** @param {Awaited<ReturnType<typeof underWay>>} login */
  async function assertGoesOn({ popup, login }) {
    assert.deepEqual(await journey.requestsTo("token"), []);
    await signIn(popup);
    assert.deepEqual(await outcomeOf(login), { user: "alice" });
    assert.equal((await journey.requestsTo("token")).length, 1);
  }

  test("not a message from the server's page or another window", async () => {
    const login = await underWay();
    const forged = forgedCallback(login.state);
    await login.popup.evaluate((url) => window.opener.postMessage(url, "*"), forged);
    await login.page.evaluate((url) => window.postMessage(url, "*"), forged);
    await assertGoesOn(login);
  });

  test("not a page of its own origin that does not know the state", async () => {
    const login = await underWay();
    const other = await openBlankPage(journey, login.context);
    await other.evaluate((url) => {
      for (const name of ["portcullis popup", "portcullis popup ", "portcullis"]) {
        new BroadcastChannel(name).postMessage(url);
      }
    }, forgedCallback(login.state));
    await assertGoesOn(login);
  });

  test("not a callback with another state", async () => {
    const login = await underWay();
    const other = await openBlankPage(journey, login.context);
    await other.evaluate(
      ({ state, messages }) => {
        const channel = new BroadcastChannel(`portcullis popup ${state}`);
        for (const message of messages) channel.postMessage(message);
      },
      {
        state: login.state,
        messages: [forgedCallback("another"), forgedCallback(""), "taken", "", null, { state: 1 }],
      },
    );
    await assertGoesOn(login);
  });

  test("not a callback from another server", async () => {
    const { context, login, state, tab } = await underWay();
    const other = await openBlankPage(journey, context);
    await other.evaluate(
      ({ state, url }) => new BroadcastChannel(`portcullis popup ${state}`).postMessage(url),
      { state, url: forgedCallback(state).replace(journey.stack.issuer, "https://evil.example") },
    );
    assert.equal((await outcomeOf(login)).failure?.code, "issuer_mismatch");
    assert.deepEqual(await journey.requestsTo("token"), []);
    assert.equal((await stateOf(tab)).status, "anonymous");
  });

  test("and a forged callback of a popup logs nobody in", async () => {
    const { context } = await openApp();
    const page = await context.newPage();
    await page.goto(forgedCallback(`${"x".repeat(43)}-popup`));
    await page.waitForFunction(() => document.title === "no_transaction");
    assert.equal(page.url(), `${journey.stack.demo}/callback`);
    assert.deepEqual(await journey.requestsTo("token"), []);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  beginLogin,
  comeBackFromLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { deny, enterPassword } from "./sign_in.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

const OPTIONS = { returnTo: "/inbox?folder=2#top", appState: { tab: "A", list: [1, null, "x"] } };

/** @param {TabHandle} tab */
const callbackOf = (tab) => tab.evaluate(({ client }) => client.callback);

/**
 * @param {TabHandle} tab
 * @returns how the callback failed
 */
const failureOf = (tab) =>
  tab.evaluate(({ client, failureOf }) => failureOf(Promise.reject(client.callback?.error)));

/** @param {TabHandle} tab */
const reasonOf = (tab) =>
  tab.evaluate(({ client: { state } }) => (state.status === "anonymous" ? state.reason : null));

/** The page of a callback that no client has seen yet. */
async function openCallback() {
  const page = await openBlankPage(journey);
  await comeBackFromLogin(journey, page, { options: OPTIONS });
  await journey.forgetRequests();
  return page;
}

/**
 * A page that has begun a login and stayed, and the callback that would end it: one that passes
 * every check, up to its code, which the server does not know.
 */
async function beginLoginAndStay() {
  const page = await openBlankPage(journey);
  const { issuer, demo } = journey.stack;
  await page.route(`${issuer}/authorize?**`, (route) => route.fulfill({ status: 204 }));
  const [request] = await Promise.all([
    page.waitForRequest((request) => request.url().startsWith(`${issuer}/authorize?`)),
    beginLogin(await startClient(page, configFor(journey, { par: "off" })), OPTIONS),
  ]);
  const state = new URL(request.url()).searchParams.get("state");
  const callback = withParameters(`${demo}/callback`, { code: "invented", state, iss: issuer });
  await journey.forgetRequests();
  return { page, callback };
}

/**
 * @param {string} url
 * @param {Record<string, string | null>} changes
 */
function withParameters(url, changes) {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  }
  return changed.href;
}

/** @param {Page} page */
function assertCleanUrl(page) {
  assert.equal(page.url(), `${journey.stack.demo}/callback`);
}

async function assertNoTokenRequest() {
  assert.deepEqual(await journey.requestsTo("token"), []);
}

/**
 * @param {Page} page
 * @param {string} callback
 * @param {string} code
 */
async function assertRefused(page, callback, code) {
  await page.goto(callback);
  const tab = await startClient(page, configFor(journey));
  assert.equal((await failureOf(tab))?.code, code);
  assert.equal(await reasonOf(tab), "login_failed");
  assertCleanUrl(page);
  await assertNoTokenRequest();
}

test("a callback gives back returnTo, appState and the user, and leaves a clean URL", async () => {
  const page = await openCallback();
  const tab = await startClient(page, configFor(journey));
  const callback = await callbackOf(tab);
  assert.equal(callback?.returnTo, `${journey.stack.demo}${OPTIONS.returnTo}`);
  assert.deepEqual(callback?.appState, OPTIONS.appState);
  assert.equal(callback?.user?.sub, "alice");
  assertCleanUrl(page);
  const state = await stateOf(tab);
  assert.ok(state.status === "authenticated");
  assert.equal(state.user.email, "alice@example.com");
  assert.equal(state.user.claims.iss, journey.stack.issuer);
  assert.deepEqual(state.scope, ["inbox.read"]);
});

test("with responseMode fragment the callback comes in the fragment, which is cleaned too", async () => {
  const page = await openBlankPage(journey);
  const config = configFor(journey, { responseMode: "fragment" });
  await comeBackFromLogin(journey, page, { config });
  assert.match(page.url(), /#.*code=/);
  const tab = await startClient(page, config);
  assert.equal((await stateOf(tab)).status, "authenticated");
  assertCleanUrl(page);
});

test("with handleCallback manual nothing happens before the app asks, and then once", async () => {
  const page = await openCallback();
  const tab = await startClient(page, configFor(journey, { handleCallback: "manual" }));
  assert.equal(await reasonOf(tab), "never");
  await assertNoTokenRequest();
  const url = page.url();
  const [first, second, third] = await tab.evaluate(async ({ client }, url) => {
    const both = [client.handleRedirectCallback(), client.handleRedirectCallback(url)];
    return [...(await Promise.all(both)), await client.handleRedirectCallback(url)];
  }, url);
  assert.equal(first.user?.sub, "alice");
  assert.deepEqual(second, first);
  assert.deepEqual(third, first);
  assertCleanUrl(page);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

describe("the logger is told of a login that the page was opened with", () => {
  /** @param {TabHandle} tab */
  const loggedIn = (tab) => tab.evaluate(({ logged }) => logged[0]);
  const denied = {
    message: "a login failed",
    error: {
      code: "access_denied",
      message: "the user or the server denied the request: access_denied",
    },
  };

  test("when somebody logged in", async () => {
    const tab = await startClient(await openCallback(), configFor(journey));
    assert.deepEqual(await loggedIn(tab), { event: "login", message: "somebody logged in" });
  });

  for (const handleCallback of /** @type {const} */ (["auto", "manual"])) {
    test(`when nobody did, with handleCallback ${handleCallback}`, async () => {
      const page = await openBlankPage(journey);
      const config = configFor(journey, { handleCallback });
      await beginLogin(await startClient(page, config));
      await enterPassword(page);
      await deny(page);
      await page.waitForURL(({ pathname }) => pathname === "/callback");
      const tab = await startClient(page, config);
      if (handleCallback === "manual") {
        await tab.evaluate(({ client }) => client.handleRedirectCallback());
      }
      assert.deepEqual(await loggedIn(tab), denied);
    });
  }
});

describe("a callback opened twice", () => {
  test("gives the same answer for one token request", async () => {
    const page = await openCallback();
    const url = page.url();
    const first = await callbackOf(await startClient(page, configFor(journey)));
    const again = await page.context().newPage();
    await again.goto(url);
    const tab = await startClient(again, configFor(journey));
    assert.deepEqual(await callbackOf(tab), first);
    assert.equal((await stateOf(tab)).status, "authenticated");
    assertCleanUrl(again);
    const requests = await journey.requestsTo("token");
    assert.equal(requests.filter((r) => r.grantType === "authorization_code").length, 1);
  });

  test("in two tabs at the same moment logs both in for one token request", async () => {
    const page = await openCallback();
    const other = await page.context().newPage();
    await other.goto(page.url());
    const tabs = await Promise.all([
      startClient(page, configFor(journey)),
      startClient(other, configFor(journey)),
    ]);
    const [first, second] = await Promise.all(tabs.map(callbackOf));
    assert.equal(first?.user?.sub, "alice");
    assert.deepEqual(second, first);
    for (const tab of tabs) assert.equal((await stateOf(tab)).status, "authenticated");
    const requests = await journey.requestsTo("token");
    assert.equal(requests.filter((r) => r.grantType === "authorization_code").length, 1);
  });

  test("gives the same failure when it failed", async () => {
    const page = await openBlankPage(journey);
    await beginLogin(await startClient(page, configFor(journey)), OPTIONS);
    await enterPassword(page);
    await deny(page);
    await page.waitForURL(({ pathname }) => pathname === "/callback");
    const url = page.url();
    const tab = await startClient(page, configFor(journey));
    const first = await failureOf(tab);
    assert.equal(first?.code, "access_denied");
    assert.equal(first?.oauthError, "access_denied");
    assert.equal(first?.description, "the end-user denied the request");
    assert.equal(await reasonOf(tab), "login_failed");
    assert.deepEqual((await callbackOf(tab))?.appState, OPTIONS.appState);
    assertCleanUrl(page);
    await page.goto(url);
    assert.deepEqual(await failureOf(await startClient(page, configFor(journey))), first);
    await assertNoTokenRequest();
  });
});

describe("a callback is refused, with nothing sent and the URL cleaned,", () => {
  /** @type {[string, Record<string, string | null>, string][]} */
  const cases = [
    ["when its state was tampered with", { state: "tampered" }, "state_mismatch"],
    ["when its state is empty", { state: "" }, "state_mismatch"],
    ["when its iss names another server", { iss: "https://evil.example" }, "issuer_mismatch"],
    ["when its iss is missing", { iss: null }, "issuer_mismatch"],
    ["when its code is empty", { code: "" }, "callback_invalid"],
    ["when it carries an access token", { access_token: "x" }, "callback_invalid"],
  ];
  for (const [when, changes, code] of cases) {
    test(when, async () => {
      const { page, callback } = await beginLoginAndStay();
      await assertRefused(page, withParameters(callback, changes), code);
    });
  }

  test("when a parameter comes twice", async () => {
    const { page, callback } = await beginLoginAndStay();
    await assertRefused(page, `${callback}&code=another`, "callback_invalid");
  });

  test("when the login was begun in another browser", async () => {
    const { callback } = await beginLoginAndStay();
    await assertRefused(await openBlankPage(journey), callback, "no_transaction");
  });

  test("when the login was begun more than ten minutes ago", async () => {
    const { page, callback } = await beginLoginAndStay();
    await page.addInitScript(() => {
      const now = Date.now() + 11 * 60_000;
      Date.now = () => now;
    });
    await assertRefused(page, callback, "transaction_expired");
  });
});

test("a callback whose code the server does not know is sent once and logs nobody in", async () => {
  const { page, callback } = await beginLoginAndStay();
  await page.goto(callback);
  const failure = await failureOf(await startClient(page, configFor(journey)));
  assert.deepEqual([failure?.code, failure?.oauthError], ["server_error", "invalid_grant"]);
  assertCleanUrl(page);
  await page.goto(callback);
  assert.deepEqual(await failureOf(await startClient(page, configFor(journey))), failure);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

test("a refused callback leaves the login it pretended to be as it was", async () => {
  const page = await openCallback();
  const url = page.url();
  await page.goto(withParameters(url, { state: "tampered" }));
  await startClient(page, configFor(journey));
  await page.goto(url);
  const tab = await startClient(page, configFor(journey));
  assert.equal((await stateOf(tab)).status, "authenticated");
});

test("a forged callback does not end a session that is there", async () => {
  const { page } = await logIn(journey, { context: await newBlankContext(journey) });
  await page.goto(`${journey.stack.demo}/callback?error=access_denied&state=forged`);
  const tab = await startClient(page, configFor(journey));
  assert.equal((await stateOf(tab)).status, "authenticated");
  assert.equal((await failureOf(tab))?.code, "state_mismatch");
  assertCleanUrl(page);
});

test("a dropped token request can be tried again with the same callback", async () => {
  const page = await openCallback();
  const url = page.url();
  await journey.breakServer({ endpoint: "token", kind: "drop_before", times: 1000 });
  const tab = await startClient(page, configFor(journey));
  const failure = await failureOf(tab);
  assert.deepEqual([failure?.code, failure?.retryable], ["network", true]);
  assertCleanUrl(page);
  await journey.repairServer();
  const callback = await tab.evaluate(({ client }, url) => client.handleRedirectCallback(url), url);
  assert.equal(callback.user?.sub, "alice");
  assert.deepEqual(callback.appState, OPTIONS.appState);
  assert.equal((await stateOf(tab)).status, "authenticated");
});

test("a callback with anything in it is refused or heeded, harms nothing and sends nothing", async () => {
  const { page, callback } = await beginLoginAndStay();
  await page.unroute(`${journey.stack.issuer}/authorize?**`);
  const tab = await startClient(page, configFor(journey));
  const [base, query] = callback.split("?");
  const big = "x".repeat(1_000_000);
  const refused = [
    ...["", "?", "#", "?x=1", `?${big}`, "?=&&&=", "?%", "?code", "?code=a", "?state=b"].map(
      (rest) => base + rest,
    ),
    ...["&state=", "&code=", "&iss=x", "&error=a&error=b", "&access_token=x", "&id_token=x"].map(
      (rest) => callback + rest,
    ),
    ...[
      "#code=x",
      "#state=x",
      "#access_token=x",
      "&response=x",
      "&error=access%5Fdenied&error=",
    ].map((rest) => callback + rest),
    `${base}?${query.replace(/state=[^&]*/, `state=${big}`)}`,
    `${base}?${query.replace(/state=[^&]*/, "state=%E0%A4%A")}`,
    `${base}?${query.replace(/state=[^&]*/, "state=%00%FF%")}`,
    `${base}?${query.replace(/iss=[^&]*/, "iss=https://evil.example")}`,
    ...["", "http://", "javascript:alert(1)", "//", "not a callback", "\u0000", "\uD800"],
  ];
  const codes = await tab.evaluate(async ({ client, failureOf }, urls) => {
    const codes = [];
    for (const url of urls) {
      const failed = await failureOf(
        client.handleRedirectCallback(url).then(({ error }) => Promise.reject(error)),
      );
      codes.push(failed?.code ?? "none");
    }
    return codes;
  }, refused);
  const known = ["callback_invalid", "state_mismatch", "no_transaction", "issuer_mismatch"];
  codes.forEach((code, index) =>
    assert.ok(known.includes(code), `${code}: ${refused[index].slice(0, 200)}`),
  );
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "never" });
  assert.equal(page.url(), `${journey.stack.demo}/blank`);
  await assertNoTokenRequest();
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { beginLogin, startClient, stateOf, untilStatus } from "../e2e/blank_page.mjs";
import { storageOf } from "../e2e/stored.mjs";
import { withParameters } from "./hostile_server.mjs";
import { having, relyingPartyOfThisFile, without } from "./relying_party.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("portcullis").LogoutOptions} LogoutOptions */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

/** What is logged of a `state` that is of no logout. */
const FOREIGN_STATE = "the page was opened with the state of no logout of this client";

/**
 * Logs in and out again, up to the page that the server sends the user back to, on which no client
 * runs yet.
 *
 * @param {Lies} [lies]
 * @param {LogoutOptions} [options]
 */
async function logOut(lies, options) {
  const { page, tab } = await relyingParty.logIn(lies);
  await tab.evaluate(({ client }, options) => void client.logout(options), options);
  await page.waitForURL(({ pathname }) => pathname === "/goodbye");
  const [{ query }] = server.requestsTo("logout");
  assert.match(query.get("id_token_hint") ?? "", /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.equal(query.get("client_id"), "spa");
  assert.equal(query.get("post_logout_redirect_uri"), `${relyingParty.origin}/goodbye`);
  return { page, sent: query.get("state") ?? "" };
}

/**
 * What a client makes of a page that it is started on.
 *
 * @param {Page} page
 */
async function startedOn(page) {
  const tab = await startClient(page, relyingParty.config());
  return tab.evaluate(({ client, logged }) => ({
    state: client.state,
    callback: client.callback && { code: client.callback.error?.code },
    logged: logged.filter(({ event }) => !event).map(({ message }) => message),
  }));
}

/**
 * Whether the hash of a `state` is stored, by which it would be known.
 *
 * @param {Page} page
 * @param {string} state
 */
async function isRemembered(page, state) {
  return (await storageOf(page)).includes(createHash("sha256").update(state).digest("base64url"));
}

describe("a logout", () => {
  test("oidcc-client-test-rp-init-logout: its state is fresh, and leaves the URL when it has come back", async () => {
    const { page, sent } = await logOut();
    assert.match(sent, /^[\w-]{43}$/);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye?state=${sent}`);
    assert.ok(!(await storageOf(page)).includes(sent), "the state is stored as it is");
    assert.ok(await isRemembered(page, sent));

    const { state, callback, logged } = await startedOn(page);
    assert.deepEqual(state, { status: "anonymous", reason: "never" });
    assert.equal(callback, null);
    assert.deepEqual(logged, []);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye`);
    assert.ok(!(await isRemembered(page, sent)));
  });

  test("oidcc-client-test-rp-init-logout: what the app has in its URL stays there", async () => {
    const { page } = await logOut({
      logoutResponse: (parameters) => ({ tab: "a", ...parameters }),
    });
    await startedOn(page);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye?tab=a`);
  });

  test("oidcc-client-test-rp-init-logout: the app's own state is left to the app", async () => {
    const { page } = await logOut({}, { extraParams: { state: "mine" } });
    await startedOn(page);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye?state=mine`);
  });

  test("oidcc-client-test-rp-init-logout-other-state: it is ignored, and told to the logger", async () => {
    const { page } = await logOut({ logoutResponse: having({ state: "another" }) });
    const { state, callback, logged } = await startedOn(page);
    assert.deepEqual(state, { status: "anonymous", reason: "never" });
    assert.equal(callback, null);
    assert.deepEqual(logged, [FOREIGN_STATE]);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye?state=another`);
  });

  test("oidcc-client-test-rp-init-logout-no-state: nobody is logged in all the same", async () => {
    const { page } = await logOut({ logoutResponse: without("state") });
    const { state, logged } = await startedOn(page);
    assert.deepEqual(state, { status: "anonymous", reason: "never" });
    assert.deepEqual(logged, []);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye`);
  });
});

describe("the state of a logout", () => {
  test("is good once", async () => {
    const { page } = await logOut();
    const url = page.url();
    await startedOn(page);
    await page.goto(url);
    assert.deepEqual((await startedOn(page)).logged, [FOREIGN_STATE]);
    assert.equal(page.url(), url);
  });

  test("is good for ten minutes", async () => {
    const { page, sent } = await logOut();
    const url = page.url();
    await page.addInitScript(() => {
      const now = Date.now() + 11 * 60_000;
      Date.now = () => now;
    });
    await page.goto(url);
    assert.deepEqual((await startedOn(page)).logged, [FOREIGN_STATE]);
    assert.ok(!(await isRemembered(page, sent)));
  });

  test("logs nobody out when it is made up", async () => {
    const { page } = await relyingParty.logIn();
    await page.goto(`${relyingParty.origin}/goodbye?state=made-up`);
    const { state, logged } = await startedOn(page);
    assert.equal(state.status, "authenticated");
    assert.deepEqual(logged, [FOREIGN_STATE]);
  });

  test("is no login's: that of a login is left for its callback", async () => {
    const page = await relyingParty.openPage();
    const begun = await startClient(page, relyingParty.config());
    const asked = page.waitForRequest((request) => request.url().includes("/authorize?"));
    await beginLogin(begun);
    const state = new URL((await asked).url()).searchParams.get("state") ?? "";
    await page.waitForURL(({ pathname }) => pathname === "/callback");
    const callback = page.url();
    await page.goto(`${relyingParty.origin}/goodbye?state=${state}`);
    assert.deepEqual((await startedOn(page)).logged, [FOREIGN_STATE]);
    await page.goto(callback);
    assert.equal((await startedOn(page)).state.status, "authenticated");
  });

  test("logs nobody in: with a code beside it, it is that of no login", async () => {
    const { page, sent } = await logOut();
    const tokenRequests = server.requestsTo("token").length;
    await page.goto(
      `${relyingParty.origin}/callback?state=${sent}&code=stolen&iss=${server.issuer}`,
    );
    const { state, callback } = await startedOn(page);
    assert.equal(state.status, "anonymous");
    assert.equal(callback?.code, "no_transaction");
    assert.equal(server.requestsTo("token").length, tokenRequests);
  });

  test("of one client is left alone by another client of the page", async () => {
    const { page } = await logOut();
    const url = page.url();
    const other = await startClient(page, relyingParty.config({ clientId: "other" }));
    assert.equal((await stateOf(other)).status, "anonymous");
    assert.equal(page.url(), url);
    await startedOn(page);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye`);
  });
});

test("a logout that names no place to come back to sends no state", async () => {
  const config = { postLogoutRedirectUri: undefined };
  const { page, tab } = await relyingParty.logIn({}, { config });
  const left = page.waitForRequest((request) => request.url().includes("/logout?"));
  await tab.evaluate(({ client }) => void client.logout());
  assert.equal(new URL((await left).url()).searchParams.get("state"), null);
});

describe("a front-channel logout", () => {
  const uri = () => `${relyingParty.origin}/frontchannel_logout`;
  const ofThisSession = () => ({ iss: server.issuer, sid: "s1" });
  const withSid = { claims: having({ sid: "s1" }) };

  /**
   * Has the server open the app's page in an iframe, in another tab of the same browser.
   *
   * @param {Page} page
   * @param {Record<string, string>} parameters
   * @param {string} [host] by which the server is known
   */
  async function serverLogsOut(page, parameters, host = "localhost") {
    const elsewhere = await page.context().newPage();
    const framing = server.pageThatFrames(uri(), parameters);
    await elsewhere.goto(framing.replace("localhost", host));
    const frame = elsewhere.frames().find((frame) => frame.url().startsWith(uri()));
    assert.ok(frame);
    await frame.waitForFunction(() => document.title.endsWith("ended"));
    return frame.title();
  }

  test("oidcc-client-test-rp-frontchannel-opinitlogout: the session ends in every tab", async () => {
    const { page, tab } = await relyingParty.logIn(withSid);
    assert.equal(await serverLogsOut(page, ofThisSession()), "ended");
    await untilStatus(page, tab, "anonymous");
    assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "logged_out_elsewhere" });
    assert.doesNotMatch(await storageOf(page), /"session /);
    assert.equal(server.requestsTo("revoke").length, 1);
    assert.deepEqual(server.requestsTo("logout"), []);
    assert.equal(server.requestsTo("token").length, 1, "the iframe has refreshed");
  });

  test("oidcc-client-test-rp-frontchannel-rpinitlogout: the iframe finds nothing left to end", async () => {
    const frontchannelLogout = withParameters(uri(), ofThisSession());
    const { page } = await logOut({ ...withSid, frontchannelLogout });
    const { state, logged } = await startedOn(page);
    assert.deepEqual(state, { status: "anonymous", reason: "never" });
    assert.deepEqual(logged, []);
    assert.equal(page.url(), `${relyingParty.origin}/goodbye`);
  });

  /** @type {[string, () => Record<string, string>][]} */
  const refused = [
    ["another sid", () => ({ ...ofThisSession(), sid: "s2" })],
    ["another iss", () => ({ ...ofThisSession(), iss: "https://evil.example" })],
    ["no sid", () => ({ iss: server.issuer })],
    ["no iss", () => ({ sid: "s1" })],
    ["neither", () => ({})],
  ];
  for (const [what, parameters] of refused) {
    test(`with ${what} changes nothing`, async () => {
      const { page, tab } = await relyingParty.logIn(withSid);
      const before = await tab.evaluate(({ client }) => client.getAccessToken());
      assert.equal(await serverLogsOut(page, parameters()), "not ended");
      assert.equal(await tab.evaluate(({ client }) => client.getAccessToken()), before);
      assert.match(await storageOf(page), /"session /);
      assert.deepEqual(server.requestsTo("revoke"), []);
    });
  }

  test("without iss and sid ends a session of a server that sends no sid", async () => {
    const { page, tab } = await relyingParty.logIn({});
    assert.equal(await serverLogsOut(page, {}), "ended");
    await untilStatus(page, tab, "anonymous");
  });

  test("changes nothing where nobody is logged in", async () => {
    assert.equal(await serverLogsOut(await relyingParty.openPage(), ofThisSession()), "not ended");
  });

  test("by a server of another site finds no session, as an iframe there has not our storage", async () => {
    const { page, tab } = await relyingParty.logIn(withSid);
    assert.match(await serverLogsOut(page, ofThisSession(), "127.0.0.1"), /not ended$/);
    assert.equal((await stateOf(tab)).status, "authenticated");
  });

  test("with a wrong configuration fails as a start does", async () => {
    const page = await relyingParty.openPage();
    const code = await page.evaluate(async (path) => {
      const { handleFrontchannelLogout } = await import(path);
      return handleFrontchannelLogout({ issuer: "" }).catch(
        (/** @type {any} */ error) => error.code,
      );
    }, "/pkg/index.js");
    assert.equal(code, "invalid_config");
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginLogin,
  configFor,
  logIn,
  newBlankContext,
  startClient,
  stateOf,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { TokenTraffic, tokenEndpointSays } from "./token_traffic.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

/**
 * Asks the server for a login without showing anything.
 *
 * @param {Page} page
 * @returns the code of its refusal, or null when it let the visitor in
 */
async function silentLogin(page) {
  await page.goto(`${journey.stack.demo}/blank`);
  await beginLogin(await startClient(page, configFor(journey)), { prompt: "none" });
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  const tab = await startClient(page, configFor(journey));
  return tab.evaluate(({ client }) => client.callback?.error?.code ?? null);
}

/**
 * @param {Page} page
 * @param {TabHandle} tab
 * @param {import("portcullis").LogoutOptions} [options]
 */
async function logOutAndComeBack(page, tab, options) {
  const back = page.waitForEvent("framenavigated", (frame) =>
    frame.url().startsWith(`${journey.stack.demo}/`),
  );
  await tab.evaluate(({ client }, options) => void client.logout(options), options);
  await back;
}

test("after a logout the server lets nobody in without a password, as it did before", async () => {
  const { page } = await logIn(journey);
  assert.equal(await silentLogin(page), null);
  await page.goto(`${journey.stack.demo}/blank`);
  const tab = await startClient(page, configFor(journey));
  await tab.evaluate(({ client }) => client.getAccessToken());
  await logOutAndComeBack(page, tab);
  await startClient(page, configFor(journey));
  assert.equal(page.url(), `${journey.stack.demo}/`);
  assert.equal(await silentLogin(page), "login_required");
});

test("a logout right after a reload, with a refresh under way, is one at the server too", async () => {
  const { page } = await logIn(journey);
  await page.goto(`${journey.stack.demo}/blank`);
  await journey.breakServer({ endpoint: "token", kind: "delay", delayMs: 300 });
  await logOutAndComeBack(page, await startClient(page, configFor(journey)));
  assert.equal(await silentLogin(page), "login_required");
});

test("the second of two clicks on the button tells the server as well whose session it ends", async () => {
  const { page, tab } = await logIn(journey);
  /** @type {(string | null)[]} */
  const hints = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/logout") hints.push(searchParams.get("id_token_hint"));
  });
  await tab.evaluate(({ client }) => void client.logout());
  await logOutAndComeBack(page, tab);
  assert.ok(hints.length > 0 && hints.every((hint) => hint), `${hints.length} requests`);
});

test("a logout comes back to where it was told to", async () => {
  const { page, tab } = await logIn(journey);
  await logOutAndComeBack(page, tab, { returnTo: "/callback" });
  await startClient(page, configFor(journey));
  assert.equal(page.url(), `${journey.stack.demo}/callback`);
});

test("a local logout revokes the refresh token and leaves the server's session", async () => {
  const { page, tab } = await logIn(journey);
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "logged_out" });
  assert.equal((await journey.requestsTo("revocation")).length, 1);
  assert.deepEqual(await journey.requestsTo("end_session"), []);
  assert.equal(await silentLogin(page), null);
});

test("a logout while the server is down ends the session here", async () => {
  const { page, tab } = await logIn(journey);
  await journey.breakServer({ endpoint: "any", kind: "drop_before", times: 1000 });
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "logged_out" });
  await journey.repairServer();
  await page.goto(`${journey.stack.demo}/blank`);
  await untilStatus(page, await startClient(page, configFor(journey)), "anonymous");
});

test("a logout during a refresh is final: what the refresh brings is revoked", async () => {
  const context = await newBlankContext(journey);
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const { page, tab } = await logIn(journey, { context });
  await journey.breakServer({ endpoint: "token", kind: "delay", delayMs: 300 });
  const sent = page.waitForRequest(`${journey.stack.issuer}/token`);
  const refreshing = tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
  await sent;
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  const refused = await refreshing;
  assert.equal(refused?.code, "session_ended");
  assert.equal((await stateOf(tab)).status, "anonymous");
  assert.equal(traffic.answers.length, 2);
  for (const { refresh_token: refreshToken } of traffic.answers) {
    assert.equal(await tokenEndpointSays(journey.stack.issuer, refreshToken), "invalid_grant");
  }
  await page.goto(`${journey.stack.demo}/blank`);
  assert.equal((await stateOf(await startClient(page, configFor(journey)))).status, "anonymous");
});

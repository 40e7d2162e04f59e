import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  configFor,
  logIn,
  newBlankContext,
  startClient,
  stateOf,
  untilEvent,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { TokenTraffic } from "./token_traffic.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

/** The lifetime of an access token, in seconds. */
const TTL = 6;
const journey = journeyOfThisFile({ accessTokenTtl: TTL });

/** @param {TabHandle} tab */
const refreshFails = (tab) => tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));

/**
 * @param {TabHandle} tab
 * @param {keyof import("portcullis").ClientEvents} event
 */
const detailsOf = (tab, event) =>
  tab.evaluate(
    ({ events }, event) => events.filter((told) => told.event === event).map((told) => told.detail),
    event,
  );

/** What makes a page look whether it has missed something. */
const WAKING = /** @type {const} */ (["online", "visibilitychange", "pageshow"]);

/**
 * @param {Page} page
 * @param {(typeof WAKING)[number]} event
 */
const happen = (page, event) =>
  page.evaluate((event) => {
    (event === "visibilitychange" ? document : window).dispatchEvent(new Event(event));
  }, event);

/**
 * Has refreshes fail until chance puts the next try a minute off or more.
 *
 * @param {TabHandle} tab
 * @returns {Promise<number>} when it is, in milliseconds since the epoch
 */
async function untilRetryIsFarOff(tab) {
  for (;;) {
    assert.equal((await refreshFails(tab))?.retryable, true);
    const { retryAt } = (await detailsOf(tab, "refreshFailed")).at(-1);
    if (retryAt > Date.now() + 60_000) return retryAt;
  }
}

/** @param {TabHandle} tab */
async function assertStillIn(tab) {
  assert.equal((await stateOf(tab)).status, "authenticated");
  assert.deepEqual(await detailsOf(tab, "logout"), []);
}

test("the session renews itself twice, each time with a refresh token that is new", async () => {
  const context = await newBlankContext(journey);
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const { page, tab } = await logIn(journey, { context });
  const before = await stateOf(tab);
  await untilEvent(page, tab, "refreshed", 2);
  const after = await stateOf(tab);
  assert.ok(before.status === "authenticated" && after.status === "authenticated");
  assert.ok(after.expiresAt > before.expiresAt);
  const refreshes = traffic.requests.filter(({ grantType }) => grantType === "refresh_token");
  assert.equal(refreshes.length, 2);
  const received = traffic.answers.map((answer) => answer.refresh_token);
  assert.equal(new Set(received).size, 3);
  assert.deepEqual(
    refreshes.map(({ refreshToken }) => refreshToken),
    received.slice(0, 2),
  );
  const accessTokens = traffic.answers.map((answer) => answer.access_token);
  assert.equal(new Set(accessTokens).size, 3);
  const token = await tab.evaluate(({ client }) => client.getAccessToken());
  assert.equal(token, accessTokens.at(-1));
});

test("fifty calls at once share one token request, and the token it gives", async () => {
  const { tab } = await logIn(journey);
  await journey.forgetRequests();
  const tokens = await tab.evaluate(({ client }) =>
    Promise.all(Array.from({ length: 50 }, () => client.getAccessToken({ forceRefresh: true }))),
  );
  assert.equal(tokens.length, 50);
  assert.equal(new Set(tokens).size, 1);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

test("fifty calls right after a reload share one token request", async () => {
  const { page } = await logIn(journey);
  await page.goto(`${journey.stack.demo}/blank`);
  await journey.forgetRequests();
  const tab = await startClient(page, configFor(journey));
  await assertStillIn(tab);
  const tokens = await tab.evaluate(({ client }) =>
    Promise.all(Array.from({ length: 50 }, () => client.getAccessToken())),
  );
  assert.equal(new Set(tokens).size, 1);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

test("an access token that is not good for long enough is renewed first", async () => {
  const { tab } = await logIn(journey);
  await journey.forgetRequests();
  const first = await tab.evaluate(({ client }) => client.getAccessToken());
  assert.equal((await journey.requestsTo("token")).length, 0);
  const second = await tab.evaluate(({ client }) => client.getAccessToken({ minValidity: 60 }));
  assert.notEqual(second, first);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

describe("a revoked grant", () => {
  test("ends the session at the next refresh, with the reason, for good", async () => {
    const { page, tab } = await logIn(journey);
    await journey.endAllSessions();
    await untilStatus(page, tab, "anonymous");
    const state = await stateOf(tab);
    assert.ok(state.status === "anonymous");
    assert.equal(state.reason, "revoked");
    assert.deepEqual(await detailsOf(tab, "logout"), ["revoked"]);
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.getAccessToken()),
    );
    assert.equal(failure?.code, "not_authenticated");
    await journey.forgetRequests();
    await page.goto(`${journey.stack.demo}/blank`);
    assert.equal((await stateOf(await startClient(page, configFor(journey)))).status, "anonymous");
    assert.deepEqual(await journey.requestsTo("token"), []);
  });

  test("is told to whoever waits for a token", async () => {
    const { tab } = await logIn(journey);
    await journey.endAllSessions();
    const failure = await refreshFails(tab);
    assert.deepEqual([failure?.code, failure?.retryable], ["session_ended", false]);
    assert.equal(failure?.oauthError, "invalid_grant");
  });

  test("turns a session that a reload restored into an anonymous one", async () => {
    const { page } = await logIn(journey);
    await page.goto(`${journey.stack.demo}/blank`);
    await journey.endAllSessions();
    await journey.breakServer({ endpoint: "token", kind: "delay", delayMs: 100 });
    const tab = await startClient(page, configFor(journey));
    await assertStillIn(tab);
    await untilStatus(page, tab, "anonymous");
    const state = await stateOf(tab);
    assert.ok(state.status === "anonymous" && ["revoked", "expired"].includes(state.reason));
  });

  test("is found out before createClient resolves when restore is verified", async () => {
    const { page } = await logIn(journey);
    await page.goto(`${journey.stack.demo}/blank`);
    await journey.endAllSessions();
    const tab = await startClient(page, configFor(journey, { restore: "verified" }));
    assert.equal((await stateOf(tab)).status, "anonymous");
  });
});

describe("the session goes on, and renews itself later, when the token endpoint answers", () => {
  /** @type {Awaited<ReturnType<typeof logIn>>} */
  let session;
  before(async () => {
    session = await logIn(journey);
  });
  after(() => session.page.context().close());
  const html = { "Content-Type": "text/html" };
  /** @type {[string, Record<string, unknown>, string][]} */
  const answers = [
    ["503 with a page", { status: 503, headers: html, body: "<h1>Busy</h1>" }, "http_status"],
    ["500 server_error", { status: 500, body: { error: "server_error" } }, "server_error"],
    ["429", { status: 429 }, "http_status"],
    ["an empty 400", { status: 400 }, "http_status"],
    ["404 with a page", { status: 404, headers: html, body: "<h1>Gone</h1>" }, "http_status"],
    ["401 invalid_client", { status: 401, body: { error: "invalid_client" } }, "server_error"],
    ["200 with a page", { status: 200, headers: html, body: "<h1>Hello</h1>" }, "invalid_json"],
    ["200 without a token", { status: 200, body: {} }, "token_response_invalid"],
    ["without CORS headers", { status: 503, cors: false, times: 2 }, "network"],
  ];
  for (const [answer, fault, code] of answers) {
    test(answer, async () => {
      const { page, tab } = session;
      const before = (await detailsOf(tab, "refreshed")).length;
      const asked = Date.now();
      await journey.breakServer({ endpoint: "token", kind: "respond", ...fault });
      assert.equal((await refreshFails(tab))?.code, code);
      await assertStillIn(tab);
      await untilEvent(page, tab, "refreshed", before + 1);
      const failures = await detailsOf(tab, "refreshFailed");
      assert.ok(failures.at(-1).retryAt >= asked);
      await assertStillIn(tab);
    });
  }

  test("nothing at all, as the connection broke", async () => {
    const { page, tab } = session;
    const before = (await detailsOf(tab, "refreshed")).length;
    await journey.breakServer({ endpoint: "token", kind: "drop_before", times: 1000 });
    const failure = await refreshFails(tab);
    assert.deepEqual([failure?.code, failure?.retryable], ["network", true]);
    await assertStillIn(tab);
    await journey.repairServer();
    await untilEvent(page, tab, "refreshed", before + 1);
    await assertStillIn(tab);
  });
});

test("answers that do not come in time leave the session, and it renews itself later", async () => {
  const { page } = await logIn(journey);
  await page.goto(`${journey.stack.demo}/blank`);
  const tab = await startClient(page, configFor(journey, { requestTimeout: 1 }));
  await tab.evaluate(({ client }) => client.getAccessToken());
  const before = (await detailsOf(tab, "refreshed")).length;
  await journey.breakServer({ endpoint: "token", kind: "delay", delayMs: 60_000, times: 2 });
  assert.equal((await refreshFails(tab))?.code, "timeout");
  await untilEvent(page, tab, "refreshed", before + 1);
  await assertStillIn(tab);
});

test("an answer of 503 does not end the session, whatever it says", async () => {
  const { tab } = await logIn(journey);
  const body = { error: "invalid_grant" };
  await journey.breakServer({ endpoint: "token", kind: "respond", status: 503, body });
  assert.equal((await refreshFails(tab))?.retryable, true);
  await assertStillIn(tab);
});

test("a server that names the seconds to wait is not asked before they are over, whatever wakes the page", async () => {
  const { page, tab } = await logIn(journey);
  await journey.breakServer({
    endpoint: "token",
    kind: "respond",
    status: 429,
    headers: { "Retry-After": "2" },
  });
  await journey.forgetRequests();
  const failure = await refreshFails(tab);
  assert.deepEqual([failure?.status, failure?.retryable], [429, true]);
  for (const event of WAKING) await happen(page, event);
  await untilEvent(page, tab, "refreshed");
  const [first, second] = await journey.requestsTo("token");
  assert.ok(second.at - first.at >= 2000);
  const [{ retryAt }] = await detailsOf(tab, "refreshFailed");
  assert.ok(retryAt - first.at >= 2000);
});

describe("where access tokens live for an hour", () => {
  before(() => journey.order("POST", "/access-tokens", { ttl: 3600 }));
  after(() => journey.order("POST", "/access-tokens", { ttl: TTL }));

  test("an access token that is good, but not for long enough, is given while none can be fetched", async () => {
    const { tab } = await logIn(journey);
    await journey.breakServer({ endpoint: "token", kind: "respond", status: 503, times: 1000 });
    const [first, second, failure] = await tab.evaluate(async ({ client, failureOf }) => [
      await client.getAccessToken(),
      await client.getAccessToken({ minValidity: 4000 }),
      await failureOf(client.getAccessToken({ minValidity: 4000, forceRefresh: true })),
    ]);
    assert.equal(second, first);
    assert.equal(Object(failure).status, 503);
  });

  test("one that is still good is given out while its renewal fails", async () => {
    const { tab } = await logIn(journey);
    const token = await tab.evaluate(({ client }) => client.getAccessToken());
    await journey.breakServer({ endpoint: "token", kind: "respond", status: 503, times: 1000 });
    assert.equal((await refreshFails(tab))?.status, 503);
    assert.equal(await tab.evaluate(({ client }) => client.getAccessToken()), token);
    const status = await tab.evaluate(
      async ({ client }, url) => (await client.fetch(url)).status,
      `${journey.stack.api}/me`,
    );
    assert.equal(status, 200);
  });

  test("a session that the server ended is told as expired once the last one has", async () => {
    const { page, tab } = await logIn(journey);
    await journey.endAllSessions();
    const failure = await tab.evaluate(({ client, failureOf }) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 7_200_000;
      return failureOf(client.getAccessToken());
    });
    assert.equal(failure?.code, "session_ended");
    await untilStatus(page, tab, "anonymous");
    assert.deepEqual(await detailsOf(tab, "logout"), ["expired"]);
  });

  for (const event of WAKING) {
    test(`a renewal that failed is tried again at once on ${event}`, async () => {
      const { page, tab } = await logIn(journey);
      await journey.breakServer({ endpoint: "token", kind: "respond", status: 503, times: 1000 });
      const retryAt = await untilRetryIsFarOff(tab);
      await journey.repairServer();
      await happen(page, event);
      await untilEvent(page, tab, "refreshed");
      assert.ok((await page.evaluate(() => Date.now())) < retryAt);
    });
  }

  test("a browser that was offline renews the session when it is back, and not when that was planned", async () => {
    const { page, tab } = await logIn(journey);
    await page.context().setOffline(true);
    const retryAt = await untilRetryIsFarOff(tab);
    await assertStillIn(tab);
    await page.context().setOffline(false);
    await untilEvent(page, tab, "refreshed");
    assert.ok((await page.evaluate(() => Date.now())) < retryAt);
    await assertStillIn(tab);
  });
});

test("a session restored while the server is down goes on once it is back", async () => {
  const { page } = await logIn(journey);
  await journey.stack.authorizationServer.stop();
  await page.goto(`${journey.stack.demo}/blank`);
  const tab = await startClient(page, configFor(journey));
  await untilEvent(page, tab, "refreshFailed");
  await assertStillIn(tab);
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.getAccessToken()));
  assert.deepEqual([failure?.code, failure?.retryable], ["network", true]);
  await journey.stack.authorizationServer.start();
  await untilEvent(page, tab, "refreshed");
  await assertStillIn(tab);
  const response = await tab.evaluate(
    async ({ client }, url) => (await client.fetch(url)).status,
    `${journey.stack.api}/me`,
  );
  assert.equal(response, 200);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startClient, stateOf, untilStatus } from "../e2e/blank_page.mjs";
import { storageOf } from "../e2e/stored.mjs";
import { relyingPartyOfThisFile, without } from "./relying_party.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("../e2e/blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

/** More than the wait between two questions, and less than a request may take. */
const NEXT_QUESTION_MS = 6_000;
/** More than the wait after a question that failed. */
const LONG_AFTER_MS = 90_000;

const ENDED = { status: "anonymous", reason: "logged_out_elsewhere" };

/**
 * A tab in which Alice is logged in, at a server with session management. Its clock can be put forward.
 *
 * @param {{ lies?: Lies, config?: Partial<ClientConfig> }} [how]
 */
async function logIn({ lies = {}, config } = {}) {
  server.session = { state: "first.salt", sub: "alice" };
  const page = await relyingParty.openPage();
  await page.clock.install();
  const changes = { sessionManagement: /** @type {const} */ ("auto"), ...config };
  return relyingParty.logIn(lies, { page, config: changes });
}

/**
 * Waits until the server has been asked so many times.
 *
 * @param {Page} page
 * @param {number} times
 */
async function untilAsked(page, times) {
  while (messages().length < times) await page.waitForResponse(/\/session_status\?/);
}

/** What the server's frame was asked. */
function messages() {
  return server.requestsTo("session_status").map(({ query }) => query.get("message"));
}

function silentLogins() {
  return server.requestsTo("authorize").filter(({ query }) => query.get("prompt") === "none");
}

/**
 * Waits until the tab has logged that it could not check, and gives the codes of the errors.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 */
async function untilLogged(page, tab) {
  const message = "the user's session at the server could not be checked";
  await page.waitForFunction(
    ({ tab, message }) => tab.logged.some((event) => event.message === message),
    { tab, message },
  );
  return tab.evaluate(
    ({ logged }, message) =>
      logged.filter((event) => event.message === message).map(({ error }) => error?.code),
    message,
  );
}

/**
 * @param {Page} page
 * @param {boolean} isHidden
 */
async function showOrHide(page, isHidden) {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: isHidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

describe("oidcc-client-test-session-management", () => {
  test("the server's frame is asked time and again, and kept", async () => {
    const { page, tab } = await logIn();
    await untilAsked(page, 1);
    await page.clock.fastForward(NEXT_QUESTION_MS);
    await untilAsked(page, 2);
    assert.deepEqual(messages(), ["spa first.salt", "spa first.salt"]);
    assert.equal(server.requestsTo("session").length, 1);
    assert.equal(await page.locator("iframe").count(), 1);
    assert.equal((await stateOf(tab)).status, "authenticated");
    assert.deepEqual(silentLogins(), []);
  });

  test("after a change with the same user the session goes on, with the new session_state", async () => {
    const { page, tab } = await logIn();
    await untilAsked(page, 1);
    server.session = { state: "second.salt", sub: "alice" };
    await page.clock.fastForward(NEXT_QUESTION_MS);
    await page.waitForFunction((tab) => tab.events.some(({ event }) => event === "refreshed"), tab);
    await page.clock.fastForward(NEXT_QUESTION_MS);
    await untilAsked(page, 3);
    assert.equal(messages().at(-1), "spa second.salt");
    assert.equal(silentLogins().length, 1);
    const statuses = await tab.evaluate(({ states }) => states.map(({ status }) => status));
    assert.ok(!statuses.includes("anonymous"));
    assert.deepEqual(server.requestsTo("revoke"), []);
  });

  for (const [what, sub] of /** @type {const} */ ([
    ["with nobody", null],
    ["with another user", "bob"],
  ])) {
    test(`after a change ${what} the session ends in every tab, after one silent login`, async () => {
      const { page, tab } = await logIn();
      await untilAsked(page, 1);
      const other = await page.context().newPage();
      await other.goto(`${relyingParty.origin}/`);
      await other.clock.install();
      const config = relyingParty.config({ sessionManagement: "auto" });
      const second = await startClient(other, config);
      await untilAsked(other, 2);
      server.session = { state: "second.salt", sub };
      await Promise.all([page, other].map((each) => each.clock.fastForward(NEXT_QUESTION_MS)));
      await untilStatus(page, tab, "anonymous");
      await untilStatus(other, second, "anonymous");
      assert.deepEqual(await stateOf(tab), ENDED);
      assert.deepEqual(await stateOf(second), ENDED);
      assert.equal(silentLogins().length, 1);
      assert.doesNotMatch(await storageOf(page), /"session /);
      assert.equal(await page.locator("iframe").count(), 0);
      assert.equal(await other.locator("iframe").count(), 0);
    });
  }

  test("after an error the frame leaves the page, and is asked no more until the next login", async () => {
    const { page, tab } = await logIn({ lies: { sessionStatus: () => "error" } });
    assert.deepEqual(await untilLogged(page, tab), ["unsupported"]);
    assert.equal(await page.locator("iframe").count(), 0);
    await page.clock.fastForward(LONG_AFTER_MS);
    await tab.evaluate(({ client }) => client.getUserInfo());
    assert.equal(messages().length, 1);
    assert.equal((await stateOf(tab)).status, "authenticated");
    server.lies = {};
    await tab.evaluate(({ client }) => client.loginSilently());
    await untilAsked(page, 2);
  });
});

describe("the answer of the server's frame", () => {
  test("is taken from no other window and no other frame", async () => {
    /** @typedef {(status: string) => void} Answer */
    /** @type {(answer: Answer) => void} */
    let askedNow = () => {};
    /** @type {Promise<Answer>} */
    const asked = new Promise((resolve) => (askedNow = resolve));
    const lies = {
      sessionStatus: () => new Promise((/** @type {Answer} */ answer) => askedNow(answer)),
    };
    const { page, tab } = await logIn({ lies });
    // The frame has got the question: its own request is under way.
    const answer = await asked;
    await page.evaluate(async (issuer) => {
      postMessage("changed", "*");
      const another = Object.assign(document.createElement("iframe"), {
        name: "another",
        src: `${issuer}/framing?uri=about:blank`,
      });
      const loaded = new Promise((resolve) => (another.onload = resolve));
      document.body.append(another);
      await loaded;
    }, server.issuer);
    await page.frame("another")?.evaluate(() => parent.postMessage("changed", "*"));
    answer("unchanged");
    server.lies = {};
    await page.clock.fastForward(NEXT_QUESTION_MS);
    await untilAsked(page, 2);
    assert.deepEqual(silentLogins(), []);
    assert.equal((await stateOf(tab)).status, "authenticated");
  });

  test("is taken from no other origin, and none gets to see the question", async () => {
    const lies = { sessionPage: "127.0.0.1" };
    const { page, tab } = await logIn({ lies, config: { requestTimeout: 1 } });
    assert.deepEqual(await untilLogged(page, tab), ["timeout"]);
    assert.deepEqual(messages(), []);
    assert.deepEqual(silentLogins(), []);
    assert.equal(await page.locator("iframe").count(), 0);
    assert.equal((await stateOf(tab)).status, "authenticated");
    server.lies = {};
    await page.clock.fastForward(LONG_AFTER_MS);
    await untilAsked(page, 1);
  });
});

test("a silent login without an answer ends nothing, and is tried again later", async () => {
  const { page, tab } = await logIn({ config: { requestTimeout: 2 } });
  await untilAsked(page, 1);
  server.session = { state: "second.salt", sub: null };
  const silently = /\/authorize\?.*prompt=none/;
  await page.route(silently, (route) => route.fulfill({ contentType: "text/html", body: "" }));
  await page.clock.fastForward(NEXT_QUESTION_MS);
  assert.deepEqual(await untilLogged(page, tab), ["timeout"]);
  assert.equal((await stateOf(tab)).status, "authenticated");
  await page.unroute(silently);
  await page.clock.fastForward(LONG_AFTER_MS);
  await untilStatus(page, tab, "anonymous");
});

test("a page that nobody sees asks nothing, and asks at once when it is seen", async () => {
  const { page } = await logIn();
  await untilAsked(page, 1);
  await showOrHide(page, true);
  await page.clock.fastForward(LONG_AFTER_MS);
  await page.clock.fastForward(LONG_AFTER_MS);
  assert.equal(messages().length, 1);
  await showOrHide(page, false);
  await untilAsked(page, 2);
});

test("a logout takes the frame out of the page", async () => {
  const { page, tab } = await logIn();
  await untilAsked(page, 1);
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  await page.locator("iframe").waitFor({ state: "detached" });
});

/** @type {[string, { lies?: Lies, config?: Partial<ClientConfig> }][]} */
const unwatched = [
  ["where it is off", { config: { sessionManagement: "off" } }],
  ["by default", { config: { sessionManagement: undefined } }],
  ["without check_session_iframe", { lies: { metadata: without("check_session_iframe") } }],
  ["without session_state", { lies: { authorizationResponse: without("session_state") } }],
];
for (const [when, how] of unwatched) {
  test(`the server is asked nothing ${when}`, async () => {
    const { page, tab } = await logIn(how);
    await page.clock.fastForward(LONG_AFTER_MS);
    await tab.evaluate(({ client }) => client.getUserInfo());
    assert.equal((await stateOf(tab)).status, "authenticated");
    assert.deepEqual(server.requestsTo("session"), []);
    assert.deepEqual(silentLogins(), []);
    assert.equal(await page.locator("iframe").count(), 0);
  });
}

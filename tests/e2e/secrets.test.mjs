import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  beginLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilEvent,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";
import { forgetKeys, storageOf } from "./stored.mjs";
import { TokenTraffic } from "./token_traffic.mjs";

/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

/**
 * @param {string} text
 * @param {string[]} secrets
 */
function assertHoldsNone(text, secrets) {
  assert.ok(secrets.length > 0);
  for (const secret of secrets) {
    // A secret must not be there in part either.
    for (const part of [secret, ...secret.split(".")]) {
      assert.ok(part.length >= 16 && !text.includes(part), `a secret is in ${text.slice(0, 200)}`);
    }
  }
}

/**
 * Logs in, refreshes, calls the API and reloads, and keeps everything that could leak on the way.
 */
async function wholeSession() {
  const context = await newBlankContext(journey);
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  /** @type {string[]} */
  const said = [];
  context.on("console", (message) => void said.push(message.text()));
  context.on("weberror", (error) => void said.push(String(error.error())));
  await context.addInitScript(() => {
    const posted = /** @type {unknown[]} */ ([]);
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message) {
      posted.push(message);
      post.call(this, message);
    };
    Object.assign(globalThis, { posted });
  });
  const watching = await openBlankPage(journey, context);
  const page = await openBlankPage(journey, context);
  await beginLogin(await startClient(page, configFor(journey)), { appState: "the app's own" });
  await page.getByLabel("Username").waitFor();
  const storedDuringLogin = await storageOf(watching);
  await signIn(page);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  const tab = await startClient(page, configFor(journey));
  await tab.evaluate(async ({ client }, url) => {
    await client.refresh();
    await client.fetch(url);
    await client.getUserInfo();
  }, `${journey.stack.api}/me`);
  return { page, tab, traffic, said, storedDuringLogin };
}

describe("while somebody is logged in", () => {
  /** @type {Awaited<ReturnType<typeof wholeSession>>} */
  let session;
  before(async () => {
    session = await wholeSession();
  });
  after(() => session.page.context().close());

  test("nothing of a session lies in localStorage, sessionStorage, cookies or window.name", async () => {
    const places = await session.page.evaluate(() => [
      localStorage.length,
      sessionStorage.length,
      document.cookie,
      window.name,
    ]);
    assert.deepEqual(places, [0, 0, "", ""]);
  });

  test("during a login IndexedDB shows neither its verifier nor what the app keeps with it", () => {
    const { traffic, storedDuringLogin } = session;
    assert.match(storedDuringLogin, /"transaction /);
    assertHoldsNone(storedDuringLogin, [traffic.requests[0].codeVerifier ?? ""]);
    assert.ok(!storedDuringLogin.includes("the app's own"));
  });

  test("during a session IndexedDB shows no token, no code and nobody's name", async () => {
    const stored = await storageOf(session.page);
    assert.match(stored, /"session /);
    assertHoldsNone(stored, session.traffic.secrets());
    assert.ok(!stored.includes("alice"));
  });

  test("what IndexedDB holds is sealed with one key, which no script can export", async () => {
    const stored = await storageOf(session.page);
    assert.deepEqual(stored.match(/AES-GCM key, extractable: \w+/g), [
      "AES-GCM key, extractable: false",
    ]);
  });

  test("no secret stays in the URL or the history, and none is sent as a referrer", async () => {
    const { page, traffic } = session;
    const [request, places] = await Promise.all([
      page.waitForRequest("**/config.json"),
      page.evaluate(async () => {
        await fetch("/config.json");
        return [location.href, document.referrer, JSON.stringify(history.state)].join("\n");
      }),
    ]);
    assertHoldsNone(places, traffic.secrets());
    assert.equal(request.headers().referer, undefined);
  });

  test("what the tabs tell each other is sealed", async () => {
    const { page, traffic } = session;
    const posted = await page.evaluate(() =>
      JSON.stringify(/** @type {unknown} */ (Reflect.get(globalThis, "posted"))),
    );
    assert.ok(JSON.parse(posted).length > 0);
    assertHoldsNone(posted, traffic.secrets());
    assert.ok(!posted.includes("alice"));
  });
});

test("no secret is in the console, the logger's events, the states or the errors", async () => {
  const { page, tab, traffic, said } = await wholeSession();
  await journey.breakServer({ endpoint: "token", kind: "respond", status: 503 });
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
  await untilEvent(page, tab, "refreshFailed");
  await journey.endAllSessions();
  const end = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
  const told = await tab.evaluate(({ client, states, events, logged }) =>
    JSON.stringify([client.state, client.callback, states, events, logged, { ...client }]),
  );
  assert.equal(end?.code, "session_ended");
  assert.match(told, /alice@example\.com/);
  const logged = await tab.evaluate(({ logged }) => JSON.stringify(logged));
  assert.match(logged, /somebody logged in/);
  assert.doesNotMatch(logged, /alice/i, "a log may be kept, and says of nobody who it is");
  assertHoldsNone([told, JSON.stringify([failure, end]), ...said].join("\n"), traffic.secrets());
});

test("a browser that has lost the key has no session, and can log in again", async () => {
  const context = await newBlankContext(journey);
  const { page } = await logIn(journey, { context });
  await page.goto(`${journey.stack.demo}/blank`);
  await forgetKeys(page);
  const tab = await startClient(page, configFor(journey));
  assert.deepEqual(await stateOf(tab), { status: "anonymous", reason: "never" });
  await beginLogin(tab);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  const again = await startClient(page, configFor(journey));
  assert.equal((await stateOf(again)).status, "authenticated");
});

test("after a logout IndexedDB holds no session any more", async () => {
  const { page, tab } = await logIn(journey);
  assert.match(await storageOf(page), /"session /);
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  assert.doesNotMatch(await storageOf(page), /"session /);
});

test("the authorization request holds the S256 challenge and no verifier", async () => {
  const context = await newBlankContext(journey);
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const page = await openBlankPage(journey, context);
  const [request] = await Promise.all([
    page.waitForRequest((request) => request.url().includes("/authorize?")),
    beginLogin(await startClient(page, configFor(journey, { par: "off" }))),
  ]);
  await signIn(page);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  await startClient(page, configFor(journey));
  const verifier = traffic.requests[0].codeVerifier ?? "";
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const parameters = new URL(request.url()).searchParams;
  assert.equal(parameters.get("code_challenge_method"), "S256");
  assert.equal(parameters.get("code_challenge"), Buffer.from(hash).toString("base64url"));
  assertHoldsNone(request.url(), [verifier]);
  assert.ok((parameters.get("state") ?? "").length >= 43);
  assert.ok((parameters.get("nonce") ?? "").length >= 43);
});

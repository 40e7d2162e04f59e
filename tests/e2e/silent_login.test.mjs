import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

/** @param {TabHandle} tab */
function loginSilently(tab) {
  return tab.evaluate(async ({ client }) => (await client.loginSilently())?.sub ?? null);
}

/** @param {TabHandle} tab */
async function reasonIn(tab) {
  const state = await stateOf(tab);
  return state.status === "anonymous" ? state.reason : undefined;
}

/**
 * What the logger was told of a silent login that gave nobody.
 *
 * @param {TabHandle} tab
 */
function toldWhy(tab) {
  const message = "a silent login needs the user";
  return tab.evaluate(
    ({ logged }, message) => logged.find((event) => event.message === message)?.error?.code,
    message,
  );
}

/**
 * Watches that the user is never taken from the page, and never told that they are logged out.
 *
 * @param {Page} page
 * @param {TabHandle} tab
 */
function watch(page, tab) {
  const left = { page: 0 };
  page.on("framenavigated", (frame) => void (left.page += frame === page.mainFrame() ? 1 : 0));
  return async () => {
    assert.equal(left.page, 0);
    const statuses = await tab.evaluate(({ states }) => states.map(({ status }) => status));
    assert.ok(!statuses.includes("anonymous"));
  };
}

describe("loginSilently", () => {
  test("logs in with the server's own session, and leaves nothing in the page", async () => {
    const context = await newBlankContext(journey);
    await logIn(journey, { context });
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey));
    await tab.evaluate(({ client }) => client.logout({ local: true }));
    assert.equal(await loginSilently(tab), "alice");
    assert.equal((await stateOf(tab)).status, "authenticated");
    assert.equal(page.url(), `${journey.stack.demo}/blank`);
    assert.equal(await page.locator("iframe").count(), 0);
  });

  test("needs no wasm in its frame, where the page is the app once more", async () => {
    const context = await journey.newContext();
    const config = JSON.stringify(configFor(journey));
    await context.route(`${journey.stack.demo}/main.js`, (route) =>
      route.fulfill({
        contentType: "text/javascript",
        body: `import { createClient } from "/pkg/index.js";
          globalThis.client = await createClient(${config});`,
      }),
    );
    const page = await context.newPage();
    const client = async () =>
      /** @type {import("playwright-core").JSHandle<import("portcullis").Client>} */ (
        await page.waitForFunction(() => Object(globalThis).client)
      );
    await page.goto(`${journey.stack.demo}/`);
    await (await client()).evaluate((client) => void client.loginWithRedirect());
    await signIn(page);
    await page.waitForURL(({ pathname }) => pathname === "/callback");
    /** @type {(string | undefined)[]} */
    const fetched = [];
    page.on("request", (request) => {
      if (request.frame() !== page.mainFrame()) fetched.push(request.url().split("/").pop());
    });
    const sub = await (
      await client()
    ).evaluate(async (client) => {
      await client.logout({ local: true });
      return (await client.loginSilently())?.sub;
    });
    assert.equal(sub, "alice");
    assert.ok(fetched.includes("index.js"));
    assert.ok(!fetched.some((file) => file?.endsWith(".wasm")));
  });

  test("gives nobody where nobody is logged in at the server", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    assert.equal(await loginSilently(tab), null);
    assert.equal(await reasonIn(tab), "never");
    assert.equal(await toldWhy(tab), "login_required");
    assert.equal(await page.locator("iframe").count(), 0);
    assert.deepEqual(await journey.requestsTo("token"), []);
  });

  for (const { error, fails, says } of [
    { error: "login_required", says: "login_required" },
    { error: "interaction_required", says: "interaction_required" },
    { error: "consent_required", says: "interaction_required" },
    { error: "account_selection_required", says: "interaction_required" },
    { error: "access_denied", fails: "access_denied" },
    { error: "invalid_scope", fails: "server_error" },
    { error: "temporarily_unavailable", fails: "server_error" },
  ]) {
    const what = fails ? `fails with ${fails}` : `gives nobody and says ${says} to the logger`;
    test(`${what} where the server answers ${error}`, async () => {
      const page = await openBlankPage(journey);
      const { issuer, demo } = journey.stack;
      await page.route(`${issuer}/authorize?*`, (route) => {
        const state = new URL(route.request().url()).searchParams.get("state");
        const answer = new URLSearchParams({ error, state: state ?? "", iss: issuer });
        return route.fulfill({ status: 303, headers: { location: `${demo}/callback?${answer}` } });
      });
      const tab = await startClient(page, configFor(journey, { par: "off" }));
      const outcome = await tab.evaluate(({ client }) =>
        client.loginSilently().catch(({ code, oauthError }) => ({ code, oauthError })),
      );
      assert.deepEqual(outcome, fails ? { code: fails, oauthError: error } : null);
      assert.equal(await toldWhy(tab), says);
      assert.equal(await reasonIn(tab), "never");
      assert.deepEqual(await journey.requestsTo("token"), []);
    });
  }

  test("ends with timeout where the server shows a page instead of an answer", async () => {
    const page = await openBlankPage(journey);
    await page.route(`${journey.stack.issuer}/authorize?*`, (route) =>
      route.fulfill({ contentType: "text/html", body: "<h1>Log in</h1>" }),
    );
    // To say what is wrong, a warning would look at the server in a frame of its own.
    const config = configFor(journey, { requestTimeout: 1, warnings: "off" });
    const tab = await startClient(page, config);
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.loginSilently()),
    );
    assert.equal(failure?.code, "timeout");
    assert.equal(await page.locator("iframe").count(), 0);
  });

  test("is unsupported where it is switched off", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey, { silentLogin: "off" }));
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.loginSilently()),
    );
    assert.equal(failure?.code, "unsupported");
    assert.deepEqual(await journey.requestsTo("authorization"), []);
  });

  test("believes no message but that of its own frame", async () => {
    const page = await openBlankPage(journey);
    /** @type {(value?: unknown) => void} */
    let sent = () => {};
    const isSent = new Promise((resolve) => (sent = resolve));
    await page.route(`${journey.stack.issuer}/authorize?*`, async (route) => {
      sent(new URL(route.request().url()).searchParams.get("state"));
      await route.fulfill({ contentType: "text/html", body: "" });
    });
    const config = configFor(journey, { requestTimeout: 2, par: "off" });
    const tab = await startClient(page, config);
    const failing = tab.evaluate(({ client, failureOf }) => failureOf(client.loginSilently()));
    const forged = `${journey.stack.demo}/callback?code=forged&state=${await isSent}&iss=${journey.stack.issuer}`;
    await page.evaluate((url) => {
      window.postMessage(url, "*");
      document.body.append(Object.assign(document.createElement("iframe"), { name: "another" }));
    }, forged);
    await page.frame("another")?.evaluate((url) => parent.postMessage(url, "*"), forged);
    assert.equal((await failing)?.code, "timeout");
    assert.deepEqual(await journey.requestsTo("token"), []);
  });
});

describe("a session whose refresh token the server takes no more", () => {
  test("goes on by a silent login when the answer to a refresh was lost", async () => {
    const { page, tab } = await logIn(journey);
    const unharmed = watch(page, tab);
    // Chromium and the client each send a lost request once more: all of them have to get lost.
    await journey.breakServer({ endpoint: "token", kind: "drop_after", times: 1000 });
    const first = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
    assert.equal(first?.code, "network");
    await journey.repairServer();
    await tab.evaluate(({ client }) => client.getAccessToken({ forceRefresh: true }));
    await unharmed();
    const answers = (await journey.requestsTo("token")).map(({ grantType, status }) => [
      grantType,
      status,
    ]);
    assert.deepEqual(answers.slice(-2), [
      ["refresh_token", 400],
      ["authorization_code", 200],
    ]);
  });

  test("goes on in every tab after one silent login", async () => {
    const { page, tab } = await logIn(journey);
    const other = await openBlankPage(journey, page.context());
    const second = await startClient(other, configFor(journey));
    const unharmed = [watch(page, tab), watch(other, second)];
    await journey.order("POST", "/grants/revoke", {});
    await journey.forgetRequests();
    const tokens = await Promise.all(
      [tab, second].map((each) =>
        each.evaluate(({ client }) => client.getAccessToken({ forceRefresh: true })),
      ),
    );
    assert.ok(tokens.every(Boolean));
    const grants = (await journey.requestsTo("token")).map(({ grantType }) => grantType);
    assert.equal(grants.filter((grant) => grant === "authorization_code").length, 1);
    for (const check of unharmed) await check();
  });

  test("goes on for another resource's token too", async () => {
    const { tab } = await logIn(journey);
    await journey.order("POST", "/grants/revoke", {});
    const { sub } = await tab.evaluate(({ client }) => client.getUserInfo());
    assert.equal(sub, "alice");
  });

  test("ends when the user is logged in no more", async () => {
    const { page, tab } = await logIn(journey);
    await journey.endAllSessions();
    const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
    assert.equal(failure?.code, "session_ended");
    await untilStatus(page, tab, "anonymous");
    assert.equal(await reasonIn(tab), "revoked");
  });

  test("ends when somebody else is logged in at the server", async () => {
    const context = await newBlankContext(journey);
    const { page, tab } = await logIn(journey, { context });
    await context.clearCookies();
    const elsewhere = await openBlankPage(journey, context);
    const config = configFor(journey, { refreshTokens: "memory" });
    await logIn(journey, { context, config, who: { username: "bob" } });
    await elsewhere.close();
    await journey.order("POST", "/grants/revoke", { sub: "alice" });
    const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
    assert.equal(failure?.code, "session_ended");
    await untilStatus(page, tab, "anonymous");
    const logged = await tab.evaluate(({ logged }) => logged.map(({ error }) => error?.code));
    assert.ok(logged.includes("id_token_sub"));
  });

  test("ends without a try where silent logins are switched off", async () => {
    const { tab } = await logIn(journey, { config: configFor(journey, { silentLogin: "off" }) });
    await journey.order("POST", "/grants/revoke", {});
    await journey.forgetRequests();
    const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
    assert.equal(failure?.code, "session_ended");
    assert.deepEqual(await journey.requestsTo("authorization"), []);
  });
});

test("a session that never had a refresh token is renewed by silent logins", async () => {
  const context = await newBlankContext(journey);
  await context.route(`${journey.stack.issuer}/token`, async (route) => {
    const response = await route.fetch();
    const { refresh_token: _, ...body } = await response.json();
    await route.fulfill({ response, json: body });
  });
  const { page, tab } = await logIn(journey, { context });
  const unharmed = watch(page, tab);
  const tokens = await tab.evaluate(async ({ client }) => [
    await client.getAccessToken(),
    await client.getAccessToken({ forceRefresh: true }),
  ]);
  assert.notEqual(tokens[0], tokens[1]);
  await unharmed();
});

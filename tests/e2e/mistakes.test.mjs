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
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

const LINK = /^\[portcullis\] [^.]+\. See portcullis\/docs\/mistakes\.md#([\w-]+)$/;

/**
 * A browser, and the mistakes that its pages are warned of.
 *
 * @returns {Promise<{ context: BrowserContext, warned: string[], warning: (mistake: string) => Promise<unknown> }>}
 */
async function watchedContext() {
  const context = await newBlankContext(journey);
  /** @type {string[]} */
  const warned = [];
  context.on("console", (message) => {
    if (message.text().startsWith("[portcullis]")) warned.push(message.text());
  });
  const warning = (/** @type {string} */ mistake) =>
    context.waitForEvent("console", (message) => message.text().endsWith(`mistakes.md#${mistake}`));
  return { context, warned, warning };
}

/** @param {TabHandle} tab */
const tryToLogIn = (tab) =>
  tab.evaluate(({ client, failureOf }) => failureOf(client.loginWithRedirect()));

/**
 * Settles when whatever was to be warned of before has been: the texts of warnings are in this file.
 *
 * @param {import("playwright-core").Page} page
 */
const untilWarned = (page) => page.evaluate(() => import(String("/pkg/mistakes.js")));

describe("the console warns, once, of", () => {
  test("a redirect URI that the server does not know", async () => {
    const { context, warned, warning } = await watchedContext();
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey, { redirectUri: "/nowhere" }));
    const [failure] = await Promise.all([tryToLogIn(tab), warning("redirect-uri")]);
    assert.equal(failure?.code, "server_error");
    await tryToLogIn(tab);
    await untilWarned(page);
    assert.equal(warned.length, 1);
    assert.match(warned[0], LINK);
  });

  test("an answer that comes to another path than the one asked for", async () => {
    const { context, warned, warning } = await watchedContext();
    const page = await openBlankPage(journey, context);
    await comeBackFromLogin(journey, page);
    const moved = page.url().replace("/callback?", "/callback/?");
    await page.goto(moved);
    await Promise.all([startClient(page, configFor(journey)), warning("redirect-uri")]);
    assert.equal(warned.length, 1);
    assert.deepEqual(await journey.requestsTo("token"), []);
  });

  test("a login that brings no refresh token", async () => {
    const { context, warned, warning } = await watchedContext();
    await context.route(`${journey.stack.issuer}/token`, async (route) => {
      const response = await route.fetch();
      const { refresh_token, ...tokens } = await response.json();
      await route.fulfill({ response, json: tokens });
    });
    await Promise.all([logIn(journey, { context }), warning("no-refresh-token")]);
    assert.equal(warned.length, 1);
  });

  test("metadata that CORS keeps from the page", async () => {
    const { context, warned, warning } = await watchedContext();
    await journey.breakServer({
      endpoint: "discovery",
      kind: "respond",
      status: 200,
      cors: false,
      times: 1000,
    });
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey));
    const [failure] = await Promise.all([tryToLogIn(tab), warning("cors")]);
    assert.equal(failure?.code, "network");
    assert.equal(warned.length, 1);
  });

  test("tokens that CORS keeps from the page", async () => {
    const { context, warned, warning } = await watchedContext();
    const page = await openBlankPage(journey, context);
    await comeBackFromLogin(journey, page);
    await journey.breakServer({
      endpoint: "token",
      kind: "respond",
      status: 400,
      cors: false,
      times: 1000,
    });
    await Promise.all([startClient(page, configFor(journey)), warning("cors")]);
    assert.equal(warned.length, 1);
  });

  test("a clock that is off by more than the tolerance", async () => {
    const { context, warned, warning } = await watchedContext();
    await journey.order("POST", "/clock", { offsetSeconds: 120 });
    try {
      await Promise.all([logIn(journey, { context }), warning("clock")]);
    } finally {
      await journey.order("POST", "/clock", { offsetSeconds: 0 });
    }
    assert.equal(warned.length, 1);
  });

  test("an issuer that is spelled differently from the server's metadata", async () => {
    const { context, warned, warning } = await watchedContext();
    const page = await openBlankPage(journey, context);
    const config = configFor(journey, { issuer: `${journey.stack.issuer}/` });
    const tab = await startClient(page, config);
    const [failure] = await Promise.all([tryToLogIn(tab), warning("issuer")]);
    assert.equal(failure?.code, "issuer_mismatch");
    assert.equal(warned.length, 1);
  });

  test("a page that is no secure context", async () => {
    const { context, warned, warning } = await watchedContext();
    await context.route("http://app.example/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body: "" });
      const response = await route.fetch({ url: `${journey.stack.demo}${pathname}` });
      return route.fulfill({ response });
    });
    const page = await context.newPage();
    await page.goto("http://app.example/");
    const refused = startClient(page, configFor(journey));
    await Promise.all([assert.rejects(refused, /insecure_url|https/), warning("insecure-page")]);
    assert.equal(warned.length, 1);
  });

  test("a policy that blocks WebAssembly", async () => {
    const { context, warned, warning } = await watchedContext();
    const policy = journey.stack.headers["Content-Security-Policy"];
    journey.setHeaders({
      "Content-Security-Policy": policy.replace("'wasm-unsafe-eval'", ""),
    });
    const page = await openBlankPage(journey, context);
    const refused = startClient(page, configFor(journey));
    await Promise.all([
      assert.rejects(refused, /the wasm can't be loaded/),
      warning("content-security-policy"),
    ]);
    assert.equal(warned.length, 1);
  });

  test("a policy that blocks the frame of a silent login", async () => {
    const { context, warned, warning } = await watchedContext();
    const policy = journey.stack.headers["Content-Security-Policy"];
    journey.setHeaders({
      "Content-Security-Policy": policy.replace(/frame-src [^;]*/, "frame-src 'self'"),
    });
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey, { requestTimeout: 2 }));
    const [failure] = await Promise.all([
      tab.evaluate(({ client, failureOf }) => failureOf(client.loginSilently())),
      warning("content-security-policy"),
    ]);
    assert.equal(failure?.code, "timeout");
    assert.equal(warned.length, 1);
  });

  test("a token that is taken out though it is bound to a key", async () => {
    const { context, warned, warning } = await watchedContext();
    const { page, tab } = await logIn(journey, { context });
    await Promise.all([
      tab.evaluate(({ client }) => client.getAccessToken()),
      warning("bound-token"),
    ]);
    await tab.evaluate(({ client }) => client.getAccessToken());
    await untilWarned(page);
    assert.equal(warned.length, 1);
  });

  test("a refresh token that is neither replaced nor bound", async () => {
    const { context, warned, warning } = await watchedContext();
    const { tab } = await logIn(journey, { context, config: configFor(journey, { dpop: "off" }) });
    await context.route(`${journey.stack.issuer}/token`, async (route) => {
      const response = await route.fetch();
      const { refresh_token, ...tokens } = await response.json();
      await route.fulfill({ response, json: tokens });
    });
    await Promise.all([
      tab.evaluate(({ client }) => client.refresh()),
      warning("refresh-token-not-rotated"),
    ]);
    assert.equal(warned.length, 1);
  });

  test("two configurations of one client in a page", async () => {
    const { context, warned, warning } = await watchedContext();
    const page = await openBlankPage(journey, context);
    await startClient(page, configFor(journey));
    await Promise.all([
      startClient(page, configFor(journey, { scope: "openid" })),
      warning("two-configurations"),
    ]);
    assert.equal(warned.length, 1);
  });
});

describe("the console is left alone", () => {
  test("by a login, a refresh, a call and a reload that go well, and no text of warnings is fetched", async () => {
    const { context, warned } = await watchedContext();
    /** @type {string[]} */
    const fetched = [];
    context.on("request", (request) => void fetched.push(new URL(request.url()).pathname));
    const { page, tab } = await logIn(journey, { context });
    await tab.evaluate(async ({ client }, url) => {
      await client.refresh();
      await client.fetch(url);
    }, `${journey.stack.api}/me`);
    await page.reload();
    const again = await startClient(page, configFor(journey));
    await again.evaluate(({ client }) => client.refresh());
    assert.deepEqual(warned, []);
    assert.ok(fetched.includes("/pkg/index.js") && !fetched.includes("/pkg/mistakes.js"));
  });

  test("where warnings are off", async () => {
    const { context, warned } = await watchedContext();
    const page = await openBlankPage(journey, context);
    const config = configFor(journey, { redirectUri: "/nowhere", warnings: "off" });
    const tab = await startClient(page, config);
    assert.equal((await tryToLogIn(tab))?.code, "server_error");
    await startClient(page, { ...config, scope: "openid" });
    await untilWarned(page);
    assert.deepEqual(warned, []);
  });

  test("where the texts of warnings can't be fetched, and the error is the same", async () => {
    const { context, warned } = await watchedContext();
    await context.route("**/pkg/mistakes.js", (route) => route.abort());
    /** @type {string[]} */
    const errors = [];
    context.on("weberror", (error) => void errors.push(String(error.error())));
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey, { redirectUri: "/nowhere" }));
    assert.equal((await tryToLogIn(tab))?.code, "server_error");
    assert.deepEqual([warned, errors], [[], []]);
  });
});

test("a page that is warned goes on as ever, and a later warning still comes", async () => {
  const { context, warned, warning } = await watchedContext();
  const page = await openBlankPage(journey, context);
  const tab = await startClient(page, configFor(journey, { redirectUri: "/nowhere" }));
  await Promise.all([tryToLogIn(tab), warning("redirect-uri")]);
  await Promise.all([startClient(page, configFor(journey)), warning("two-configurations")]);
  await beginLogin(await startClient(page, configFor(journey)));
  await signIn(page);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  assert.equal(warned.length, 2);
});

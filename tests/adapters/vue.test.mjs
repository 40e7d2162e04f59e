import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf } from "../e2e/complaints.mjs";
import { journeyOfThisFile } from "../e2e/journey.mjs";
import { deny, enterPassword, signIn } from "../e2e/sign_in.mjs";
import { buildPage } from "./adapter_page.mjs";
import { endAtOnce, untilAnotherPage } from "./ended_session.mjs";
import { clientsOf, untilClients } from "./running_clients.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

const page = await buildPage("vue", { entry: "vue_page.mjs" });
const journey = journeyOfThisFile({ page, accessTokenTtl: 3600 });
const inbox = "Your token may read this.";

async function newContext(config = {}) {
  const context = await journey.newContext();
  await context.addInitScript((config) => Object.assign(window, { settings: { config } }), config);
  return context;
}

/** @param {BrowserContext} context */
async function open(context, path = "/") {
  const page = await context.newPage();
  await page.goto(journey.stack.demo + path);
  return page;
}

async function openInbox(config = {}) {
  const context = await newContext(config);
  const page = await open(context, "/inbox?from=link#top");
  await signIn(page);
  await page.getByText(inbox).waitFor();
  return { context, page };
}

/** @param {Page} page */
function adapterOf(page) {
  return page.evaluateHandle(
    () =>
      /** @type {import("./vue_page.mjs").TestWindow} */ (/** @type {unknown} */ (window)).adapter,
  );
}

/** @param {Page} page */
async function logOutElsewhere(page) {
  await page.getByText("authenticated").waitFor();
  await (await adapterOf(page)).evaluate(({ auth }) => auth.logout({ local: true }));
}

test("a route for users leads to the login and back to it, query and fragment included", async () => {
  const context = await newContext();
  const complaints = await complaintsOf(context, journey.stack.demo);
  const page = await open(context, "/inbox?from=link#top");
  await signIn(page);
  await page.getByText(inbox).waitFor();
  assert.equal(page.url(), `${journey.stack.demo}/inbox?from=link#top`);
  assert.equal((await journey.requestsTo("token")).length, 1);
  assert.equal(await clientsOf(page), 1);
  assert.deepEqual(complaints, []);
});

test("what the server sent the page back with stays out of the address bar, after a login and a logout", async () => {
  const page = await open(await newContext({ postLogoutRedirectUri: "/" }));
  const urlOnceRouted = async (/** @type {string} */ status) => {
    await page.locator("#status", { hasText: status }).waitFor();
    const adapter = await adapterOf(page);
    return adapter.evaluate(({ router }) => router.isReady().then(() => location.href));
  };
  await urlOnceRouted("anonymous");
  await (await adapterOf(page)).evaluate(({ auth }) => void auth.loginWithRedirect());
  await signIn(page);
  assert.equal(await urlOnceRouted("authenticated"), `${journey.stack.demo}/callback`);
  const back = page.waitForURL(({ searchParams }) => searchParams.has("state"));
  await (await adapterOf(page)).evaluate(({ auth }) => void auth.logout());
  await back;
  assert.equal(await urlOnceRouted("anonymous"), `${journey.stack.demo}/`);
});

test("a new access token renders what shows it, and nothing else", async () => {
  const { page } = await openInbox();
  const adapter = await adapterOf(page);
  const before = await adapter.evaluate(({ renders }) => renders());
  await adapter.evaluate(({ auth }) => auth.refresh());
  await page.waitForFunction(({ adapter, expiry }) => adapter.renders().expiry > expiry, {
    adapter,
    expiry: before.expiry,
  });
  const after = await adapter.evaluate(({ renders }) => renders());
  assert.deepEqual(
    { status: after.status, expiry: after.expiry },
    { status: before.status, expiry: before.expiry + 1 },
  );
});

test("a logout in another tab leaves a route for users, and does not log in by itself", async () => {
  const { context, page } = await openInbox();
  await logOutElsewhere(await open(context));
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.equal(page.url(), `${journey.stack.demo}/`);
  assert.equal(await page.locator("#status").innerText(), "anonymous");
});

test("who was logged out and goes to a route for users logs in for it", async () => {
  const { context, page } = await openInbox();
  await logOutElsewhere(await open(context));
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await (await adapterOf(page)).evaluate(({ router }) => void router.push("/inbox"));
  await page.getByText(inbox).waitFor();
  assert.equal(page.url(), `${journey.stack.demo}/inbox`);
});

test("a server that ends each session at once sends nobody round and round", async () => {
  const { page } = await openInbox({ silentLogin: "off" });
  const endNow = () =>
    endAtOnce(journey, page, async () => {
      await (await adapterOf(page)).evaluate(({ auth }) => void auth.refresh().catch(() => {}));
    });
  await endNow();
  // Its own session lets the user in without a word.
  await untilAnotherPage(page, inbox);
  await journey.forgetRequests();
  await endNow();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.deepEqual(await journey.requestsTo("authorization"), []);
});

test("a login that the user refuses leads elsewhere, is told, and not asked for again", async () => {
  const page = await open(await newContext(), "/inbox");
  await enterPassword(page);
  await deny(page);
  await page.getByText("anonymous access_denied").waitFor();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.equal(page.url(), `${journey.stack.demo}/`);
});

test("an app that is unmounted leaves no client behind", async () => {
  const { page } = await openInbox();
  assert.equal(await clientsOf(page), 1);
  await (await adapterOf(page)).evaluate(({ unmount }) => unmount());
  await untilClients(page, 0);
});

test("a wrong configuration is told, and opens no route for users", async () => {
  const page = await open(await newContext({ nonsense: true }), "/inbox");
  await page.getByText("failed invalid_config").waitFor();
  assert.equal(await page.locator("#inbox").count(), 0);
});

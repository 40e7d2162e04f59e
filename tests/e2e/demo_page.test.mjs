import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf } from "./complaints.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { allow, deny, enterPassword, signIn } from "./sign_in.mjs";
import { TokenTraffic, tokenEndpointSays } from "./token_traffic.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

/**
 * @param {BrowserContext} context
 * @param {string} [path]
 */
async function openDemo(context, path = "/") {
  const page = await context.newPage();
  await page.goto(journey.stack.demo + path);
  await page.waitForSelector("body:not([data-status=starting])");
  return page;
}

/**
 * @param {Page} page
 * @param {"anonymous" | "authenticated"} status
 */
const untilStatus = (page, status) => page.waitForSelector(`body[data-status=${status}]`);

/** @param {Page} page */
const textOf = (page) => (/** @type {string} */ testId) => page.getByTestId(testId).innerText();

/** @param {BrowserContext} context */
async function openDemoLoggedIn(context) {
  const page = await openDemo(context);
  await page.getByTestId("login").click();
  await signIn(page);
  await untilStatus(page, "authenticated");
  return page;
}

/**
 * Logs out, and waits until the server has sent the visitor back.
 *
 * @param {Page} page
 */
async function logOut(page) {
  const home = `${journey.stack.demo}/`;
  const back = page.waitForEvent("framenavigated", (frame) => frame.url() === home);
  await page.getByTestId("logout").click();
  await back;
  await untilStatus(page, "anonymous");
}

test("a visitor logs in and is back where they were, with a clean URL and their own state", async () => {
  const page = await openDemo(await journey.newContext(), "/?view=inbox#latest");
  assert.equal(await page.getAttribute("body", "data-status"), "anonymous");
  const label = await page.innerText("#tab-label");
  await page.getByTestId("login").click();
  await signIn(page);
  await untilStatus(page, "authenticated");
  assert.equal(page.url(), `${journey.stack.demo}/?view=inbox#latest`);
  assert.equal(await textOf(page)("user-name"), "Alice Archer");
  assert.equal(await page.innerText("#tab-label"), label);
});

test("a visitor logs in in a popup, and the page stays as it was", async () => {
  const page = await openDemo(await journey.newContext(), "/?view=inbox#latest");
  const opening = page.waitForEvent("popup");
  await page.getByTestId("login-popup").click();
  const popup = await opening;
  const closed = popup.waitForEvent("close");
  await signIn(popup);
  await untilStatus(page, "authenticated");
  await closed;
  assert.equal(page.url(), `${journey.stack.demo}/?view=inbox#latest`);
  assert.equal(await textOf(page)("user-name"), "Alice Archer");
});

test("the callback page asks for tokens and for nothing else", async () => {
  const page = await openDemo(await journey.newContext());
  await page.getByTestId("login").click();
  await enterPassword(page);
  await page.getByRole("button", { name: "Allow" }).waitFor();
  await journey.forgetRequests();
  await allow(page);
  await untilStatus(page, "authenticated");
  assert.equal((await journey.requestsTo("token")).length, 1);
  assert.deepEqual(await journey.requestsTo("discovery"), []);
  assert.deepEqual(await journey.requestsTo("jwks"), []);
});

test("whoever is logged in calls the API and UserInfo", async () => {
  const page = await openDemoLoggedIn(await journey.newContext());
  await page.getByTestId("call-api").click();
  await page.waitForSelector("[data-testid=api-result][data-http-status='200']");
  assert.match(await textOf(page)("api-result"), /"sub": "alice"/);
  await page.getByTestId("userinfo").click();
  await page.getByTestId("userinfo-result").getByText("alice@example.com").waitFor();
});

test("a reload keeps the session with one token request and none for discovery or keys", async () => {
  const page = await openDemoLoggedIn(await journey.newContext());
  await journey.forgetRequests();
  await page.reload();
  await untilStatus(page, "authenticated");
  await page.getByTestId("refresh-count").getByText("1").waitFor();
  assert.equal((await journey.requestsTo("token")).length, 1);
  assert.deepEqual(await journey.requestsTo("discovery"), []);
  assert.deepEqual(await journey.requestsTo("jwks"), []);
  assert.equal(await textOf(page)("user-name"), "Alice Archer");
});

test("logging out ends the session here and at the server, and revokes the refresh token", async () => {
  const context = await journey.newContext();
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const page = await openDemoLoggedIn(context);
  const [{ refresh_token: refreshToken }] = traffic.answers;
  await journey.forgetRequests();
  await logOut(page);
  assert.equal((await journey.requestsTo("revocation")).length, 1);
  assert.ok((await journey.requestsTo("end_session")).length > 0);

  await page.reload();
  await untilStatus(page, "anonymous");
  assert.deepEqual(await journey.requestsTo("token"), []);
  await page.getByTestId("login").click();
  await page.getByLabel("Password").waitFor();
  assert.equal(await tokenEndpointSays(journey.stack.issuer, refreshToken), "invalid_grant");
});

test("a wrong password keeps the visitor at the login page until the right one comes", async () => {
  const page = await openDemo(await journey.newContext());
  await page.getByTestId("login").click();
  await enterPassword(page, { password: "bob-password" });
  await page.getByRole("alert").getByText("do not match").waitFor();
  assert.equal(new URL(page.url()).origin, journey.stack.issuer);
  assert.deepEqual(await journey.requestsTo("token"), []);
  await signIn(page);
  await untilStatus(page, "authenticated");
});

test("whoever says no to the permissions is anonymous, told why, and on a clean URL", async () => {
  const page = await openDemo(await journey.newContext());
  await page.getByTestId("login").click();
  await enterPassword(page);
  await deny(page);
  await untilStatus(page, "anonymous");
  await page.waitForSelector("[data-testid=notice][data-code=access_denied]");
  assert.equal(await page.getByTestId("reason").getAttribute("data-reason"), "login_failed");
  assert.equal(page.url(), `${journey.stack.demo}/`);
  assert.deepEqual(await journey.requestsTo("token"), []);
});

test("the whole journey breaks no rule of the page's Content-Security-Policy", async () => {
  const context = await journey.newContext();
  const complaints = await complaintsOf(context, journey.stack.demo);
  const page = await openDemoLoggedIn(context);
  for (const testId of ["call-api", "userinfo", "refresh"]) {
    await page.getByTestId(testId).click();
  }
  await page.waitForSelector("[data-testid=api-result][data-http-status='200']");
  await page.getByTestId("userinfo-result").getByText("alice@example.com").waitFor();
  await page.getByTestId("refresh-count").getByText("1").waitFor();
  await logOut(page);
  assert.deepEqual(complaints, []);
});

test("while the server is down a visitor still gets the page, and logs in once it is back", async () => {
  await journey.stack.authorizationServer.stop();
  const page = await openDemo(await journey.newContext());
  assert.equal(await page.getAttribute("body", "data-status"), "anonymous");
  assert.equal(await page.getByTestId("reason").getAttribute("data-reason"), "never");
  await page.getByTestId("login").click();
  await page.waitForSelector("[data-testid=notice][data-code=network]");
  await journey.stack.authorizationServer.start();
  await page.getByTestId("login").click();
  await signIn(page);
  await untilStatus(page, "authenticated");
});

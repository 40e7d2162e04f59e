import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { freePort, freePorts } from "../../dev/ports.mjs";
import { startPostgresql } from "../../dev/postgresql.mjs";
import { startStack } from "../../dev/stack.mjs";
import { webApp } from "../../dev/web_app.mjs";
import { closeContexts } from "../browser_contexts.mjs";
import { enterPassword, signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

const LIMIT_MS = 30_000;
const SESSION = "__Host-session";

for (const kind of /** @type {const} */ (["SQLite", "PostgreSQL"])) {
  describe(`the web app on ${kind}`, () => {
    /** @type {string} */
    let folder;
    /** @type {import("../../dev/stack.mjs").Stack} */
    let stack;
    /** @type {ReturnType<typeof webApp>} */
    let app;
    /** @type {Awaited<ReturnType<typeof startPostgresql>> | undefined} */
    let postgresql;
    /** @type {import("playwright-core").Browser} */
    let browser;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "web-app-"));
      const port = await freePort();
      stack = await startStack({
        ports: await freePorts(),
        webAppPort: port,
        database: join(folder, "authorization-server.sqlite"),
        control: true,
      });
      if (kind === "PostgreSQL") postgresql = await startPostgresql();
      app = webApp({
        port,
        issuer: stack.issuer,
        api: stack.api,
        databaseUrl: postgresql
          ? `${postgresql.url}/postgres`
          : `sqlite:${join(folder, "web-app.sqlite")}?mode=rwc`,
        key: randomBytes(32).toString("base64url"),
      });
      await app.start();
      browser = await chromium.launch(chromiumLaunch());
    });
    afterEach(async () => {
      await closeContexts(browser.contexts());
    });
    after(async () => {
      await browser?.close();
      await app?.stop();
      await Promise.all([stack?.stop(), postgresql?.stop()]);
      await rm(folder, { recursive: true, force: true });
    });

    async function newContext() {
      const context = await browser.newContext();
      context.setDefaultTimeout(LIMIT_MS);
      return context;
    }

    /** @param {Page} page */
    async function logIn(page) {
      await page.goto(`${app.origin}/`);
      await page.getByRole("link", { name: "Log in" }).click();
      await enterPassword(page);
      // Consent is asked for once.
      const allow = page.getByRole("button", { name: "Allow" });
      await page.locator("#sub").or(allow).waitFor();
      if (await allow.isVisible()) await allow.click();
      await page.locator("#sub").waitFor();
    }

    /** @param {BrowserContext} context */
    async function sessionCookie(context) {
      const cookies = await context.cookies(app.origin);
      return cookies.find(({ name }) => name === SESSION);
    }

    /** @param {Page} page */
    const code = (page) => page.locator("#code").textContent();

    /** @param {Page} page */
    async function isLoggedIn(page) {
      await page.goto(`${app.origin}/`);
      return page.url() === `${app.origin}/profile`;
    }

    test("logs a person in, shows who they are to it and to the API, and logs out", async () => {
      const page = await (await newContext()).newPage();
      await page.goto(`${app.origin}/profile`);
      await signIn(page);
      assert.equal(await page.locator("#name").textContent(), "Alice Archer");
      const answer = JSON.parse((await page.locator("#api").textContent()) ?? "");
      assert.deepEqual([answer.sub, answer.client_id], ["alice", "web-app"]);

      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await page.getByRole("link", { name: "Log in" }).waitFor();
      assert.equal(page.url(), `${app.origin}/`);
      await page.getByRole("link", { name: "Log in" }).click();
      await page.getByLabel("Password").waitFor();
    });

    test("gives the browser one cookie that no script reads, and no token", async () => {
      const context = await newContext();
      const page = await context.newPage();
      /** @type {string[]} */
      const received = [];
      page.on("response", async (response) => {
        if (!response.url().startsWith(app.origin)) return;
        received.push(JSON.stringify(await response.headersArray()));
        if (response.status() === 200) received.push(await response.text());
      });
      await logIn(page);
      const cookies = await context.cookies(app.origin);
      assert.deepEqual(
        cookies.filter(({ name }) => name.startsWith("__Host-")).map(({ name }) => name),
        [SESSION],
      );
      const cookie = await sessionCookie(context);
      assert.deepEqual(
        [cookie?.httpOnly, cookie?.secure, cookie?.sameSite, cookie?.path],
        [true, true, "Lax", "/"],
      );
      assert.equal(await page.evaluate(() => document.cookie), "");
      assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
      assert.ok(received.some((text) => text.includes("Alice Archer")));
      assert.doesNotMatch(received.join("\n"), /eyJ[\w-]+\.eyJ/);
    });

    test("a form of another origin does nothing", async () => {
      const context = await newContext();
      const page = await context.newPage();
      await logIn(page);
      // Another port is another origin and the same site: the cookie comes along.
      await page.route("http://localhost:4999/", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<form method="post" action="${app.origin}/logout"><input name="csrf" value="guess"></form>`,
        }),
      );
      await page.goto("http://localhost:4999/");
      await page.evaluate(() => document.forms[0].submit());
      assert.equal(await code(page), "forged_request");
      assert.ok(await isLoggedIn(page));
    });

    test("a form with the right token from another origin, or with a wrong one from here, does nothing", async () => {
      const context = await newContext();
      const page = await context.newPage();
      await logIn(page);
      const csrf = await page.locator("input[name=csrf]").first().inputValue();
      const post = (/** @type {string} */ origin, /** @type {string} */ token) =>
        context.request.post(`${app.origin}/logout`, {
          form: { csrf: token },
          headers: { origin },
          maxRedirects: 0,
        });
      for (const [origin, token] of [
        [stack.demo, csrf],
        ["null", csrf],
        [app.origin, ""],
        [app.origin, `${csrf}x`],
      ]) {
        assert.equal((await post(origin, token)).status(), 403, `${origin} ${token}`);
      }
      assert.ok(await isLoggedIn(page));
      assert.equal((await post(app.origin, csrf)).status(), 303);
      assert.ok(!(await isLoggedIn(page)));
    });

    test("a session that was planted before the login is not the one after it", async () => {
      const context = await newContext();
      const planted = "planted-by-somebody-who-waits-for-the-login";
      await context.addCookies([
        { name: SESSION, value: planted, url: app.origin.replace("http:", "https:"), secure: true },
      ]);
      const page = await context.newPage();
      await logIn(page);
      assert.notEqual((await sessionCookie(context))?.value, planted);
      const answer = await fetch(`${app.origin}/profile`, {
        headers: { cookie: `${SESSION}=${planted}` },
        redirect: "manual",
      });
      assert.equal(answer.headers.get("location"), "/login?return_to=/profile");
    });

    test("a login ends the session that the browser had before", async () => {
      const context = await newContext();
      const page = await context.newPage();
      await logIn(page);
      const before = (await sessionCookie(context))?.value;
      await page.goto(`${app.origin}/login`);
      await page.locator("#sub").waitFor();
      assert.notEqual((await sessionCookie(context))?.value, before);
      const answer = await fetch(`${app.origin}/profile`, {
        headers: { cookie: `${SESSION}=${before}` },
        redirect: "manual",
      });
      assert.equal(answer.status, 303);
    });

    test("a callback is answered once, and in no other browser", async () => {
      const page = await (await newContext()).newPage();
      let callback = "";
      page.on("request", (request) => {
        if (request.url().startsWith(`${app.origin}/callback`)) callback = request.url();
      });
      await logIn(page);
      await page.goto(callback);
      assert.equal(await code(page), "no_transaction");
      assert.ok(await isLoggedIn(page));
      const other = await (await newContext()).newPage();
      await other.goto(callback);
      assert.equal(await code(other), "no_transaction");
      assert.ok(!(await isLoggedIn(other)));
    });

    test("the answer to somebody else's login logs nobody in", async () => {
      // An answer that is not spent: the attacker's own browser does not take it.
      const context = await newContext();
      const attacker = await context.newPage();
      await attacker.goto(`${app.origin}/login`);
      await context.clearCookies({ name: "__Host-login" });
      await enterPassword(attacker);
      const allow = attacker.getByRole("button", { name: "Allow" });
      await attacker.locator("#code").or(allow).waitFor();
      if (await allow.isVisible()) await allow.click();
      await attacker.locator("#code").waitFor();
      const callback = attacker.url();
      assert.ok(callback.startsWith(`${app.origin}/callback?code=`), callback);

      const victim = await (await newContext()).newPage();
      await victim.goto(`${app.origin}/login`);
      await victim.goto(callback);
      assert.equal(await code(victim), "no_transaction");
      assert.ok(!(await isLoggedIn(victim)));
    });

    test("a logout everywhere ends the session in the other browser", async () => {
      const [here, there] = await Promise.all([newContext(), newContext()]);
      const [one, other] = await Promise.all([here.newPage(), there.newPage()]);
      await logIn(one);
      await logIn(other);
      await one.getByRole("button", { name: "Log out everywhere" }).click();
      await one.getByRole("link", { name: "Log in" }).waitFor();
      assert.ok(!(await isLoggedIn(other)));
    });
  });
}

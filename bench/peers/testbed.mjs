import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { freePort } from "../../dev/ports.mjs";
import { service } from "../../dev/stack.mjs";
import { signIn } from "../../tests/e2e/sign_in.mjs";
import { dialectOf } from "./dialects.mjs";
import { Gateway } from "./gateway.mjs";
import { PageServer } from "./page_server.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("./libraries.mjs").Library} Library */

const LIMIT_MS = 60_000;
const CLIENT = { clientId: "spa", scope: "openid profile" };

/** An authorization server behind a gateway, at which somebody is logged in. */
class Site {
  gateway = new Gateway();
  issuer = "";
  /** @type {Record<string, unknown>} */
  metadata = {};
  /** @type {Parameters<BrowserContext["addCookies"]>[0]} of somebody who is logged in there */
  cookies = [];
  #server = /** @type {import("../../dev/stack.mjs").Service | null} */ (null);

  /**
   * @param {string} folder for its database
   * @param {number} pagePort
   * @param {"" | "/"} ending of its issuer
   */
  async start(folder, pagePort, ending) {
    const [port, upstreamPort] = [await freePort(), await freePort()];
    const origin = `http://localhost:${port}`;
    this.issuer = `${origin}${ending}`;
    await this.gateway.start(port, upstreamPort);
    this.#server = service({
      name: "authorization server",
      program: process.execPath,
      args: [join("dev", "authorization-server", "main.mjs")],
      environment: {
        PORTCULLIS_AS_PORT: String(upstreamPort),
        PORTCULLIS_AS_ISSUER: this.issuer,
        PORTCULLIS_DEMO_PORT: String(pagePort),
        PORTCULLIS_AS_DATABASE: join(folder, `${upstreamPort}.sqlite`),
        PORTCULLIS_AS_ACCESS_TOKEN_TTL: "3600",
        PORTCULLIS_AS_CONTROL: "1",
      },
      ready: `${origin}/.well-known/openid-configuration`,
      output: "inherit",
      reportBroken: (sentence) => process.stderr.write(`${sentence}\n`),
    });
    await this.#server.start();
    this.metadata = await (await fetch(`${origin}/.well-known/openid-configuration`)).json();
  }

  /**
   * Shifts the server's clock.
   *
   * @param {number} offsetSeconds
   */
  async shiftClock(offsetSeconds) {
    await fetch(new URL("/control/clock", this.issuer), {
      method: "POST",
      body: JSON.stringify({ offsetSeconds }),
      headers: { "content-type": "application/json" },
    });
  }

  async stop() {
    await this.#server?.stop();
    await this.gateway.stop();
  }
}

/** The browser, the pages and the servers of a whole run. */
export class Testbed {
  pages = new PageServer();
  browser = /** @type {Browser} */ (/** @type {unknown} */ (null));
  #sites = { "": new Site(), "/": new Site() };
  #folder = "";

  async start() {
    this.#folder = await mkdtemp(join(tmpdir(), "portcullis-bench-"));
    const pagePort = await freePort();
    await this.pages.start(pagePort);
    await this.#sites[""].start(this.#folder, pagePort, "");
    await this.#sites["/"].start(this.#folder, pagePort, "/");
    this.browser = await chromium.launch(chromiumLaunch());
  }

  /** @param {Library} library */
  siteFor({ issuerEndsWithSlash }) {
    return this.#sites[issuerEndsWithSlash ? "/" : ""];
  }

  /**
   * A browser that has stored nothing yet, in which the page is an app by this library.
   *
   * @param {Library} library
   * @param {{ issuer: string, metadata: Record<string, unknown> }} [server] another one than the library's
   */
  async newContext(library, server = this.siteFor(library)) {
    const { issuer, metadata } = server;
    this.siteFor(library).gateway.dialect = dialectOf(library);
    this.pages.show(library, { ...CLIENT, issuer, metadata });
    const context = await this.browser.newContext();
    context.setDefaultTimeout(LIMIT_MS);
    return context;
  }

  /**
   * Logs somebody in at the server once, by the login and consent pages; later logins find them there.
   *
   * @param {Library} library
   */
  async introduce(library) {
    const site = this.siteFor(library);
    if (site.cookies.length > 0) return;
    const context = await this.newContext(library);
    const page = await context.newPage();
    await page.goto(this.pages.origin);
    await page.waitForFunction("globalThis.told?.app");
    await page.evaluate("void told.app.login()");
    await signIn(page);
    await page.waitForURL(`${this.pages.origin}/**`);
    site.cookies = await context.cookies();
    await context.close();
  }

  async stop() {
    await this.browser?.close();
    await Promise.all([this.pages.stop(), this.#sites[""].stop(), this.#sites["/"].stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

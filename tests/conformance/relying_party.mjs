import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import sirv from "sirv";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { packageFolder } from "../../dev/paths.mjs";
import { beginLogin, startClient } from "../e2e/blank_page.mjs";
import { storageOf } from "../e2e/stored.mjs";
import { HostileServer } from "./hostile_server.mjs";
import { generateSigningKey } from "./signing_keys.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("portcullis").LoginOptions} LoginOptions */
/** @typedef {import("../e2e/blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */
/** @typedef {import("./signing_keys.mjs").SigningKey} SigningKey */

const LIMIT_MS = 15_000;
const BLANK_PAGE = "<!doctype html><title>A relying party</title>";

/** A page with a client in it, after a login was answered. */
/** @typedef {{ page: Page, tab: TabHandle }} Answered */

/** The browser, the page's origin and the server that the tests of one file share. */
export class RelyingParty {
  origin = "";
  server = new HostileServer();
  /** @type {SigningKey} what the server signs with unless a test says otherwise */
  key = /** @type {never} */ (null);
  /** @type {import("playwright-core").Browser} */
  #browser = /** @type {never} */ (null);
  #pages = createServer();

  async begin() {
    const servePackage = sirv(packageFolder);
    this.#pages.on("request", (request, response) => {
      if (request.url?.startsWith("/pkg/")) {
        request.url = request.url.slice("/pkg".length);
        servePackage(request, response, () => void response.writeHead(404).end());
      } else {
        response.setHeader("Content-Type", "text/html").end(BLANK_PAGE);
      }
    });
    await new Promise((listening) => this.#pages.listen(0, "127.0.0.1", () => listening(null)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#pages.address());
    this.origin = `http://localhost:${port}`;
    await this.server.start(this.origin);
    this.key = await generateSigningKey("RS256");
    this.#browser = await chromium.launch(chromiumLaunch());
  }

  async end() {
    await this.#browser?.close();
    this.server.stop();
    this.#pages.close();
    this.#pages.closeAllConnections();
  }

  async cleanUp() {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
  }

  /**
   * @param {Partial<ClientConfig>} [changes]
   * @returns {ClientConfig}
   */
  config(changes = {}) {
    return {
      issuer: this.server.issuer,
      clientId: "spa",
      redirectUri: "/callback",
      postLogoutRedirectUri: "/goodbye",
      ...changes,
    };
  }

  /** A blank page in a browser that has stored nothing yet. */
  async openPage() {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(LIMIT_MS);
    const page = await context.newPage();
    await page.goto(`${this.origin}/`);
    return page;
  }

  /**
   * A whole login, up to what the client makes of its answer.
   *
   * @param {Lies} [lies]
   * @param {{ config?: Partial<ClientConfig>, options?: LoginOptions, page?: Page }} [how]
   * @returns {Promise<Answered>}
   */
  async logIn(lies, { config, options, page } = {}) {
    if (lies) this.server.lies = lies;
    const at = page ?? (await this.openPage());
    await beginLogin(await startClient(at, this.config(config)), options);
    await at.waitForURL(({ pathname }) => pathname === "/callback");
    return { page: at, tab: await startClient(at, this.config(config)) };
  }

  /**
   * @param {Partial<ClientConfig>} [config]
   * @returns the code of the error with which a login did not even begin
   */
  async failureToBegin(config) {
    const tab = await startClient(await this.openPage(), this.config(config));
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.loginWithRedirect()),
    );
    return failure?.code;
  }

  /**
   * The login is believed: Alice is logged in, and the URL is clean.
   *
   * @param {Answered} answered
   */
  async assertAccepted({ page, tab }) {
    const { status, sub, code } = await outcomeOf(tab);
    assert.equal(code, undefined);
    assert.equal(sub, "alice");
    assert.equal(status, "authenticated");
    assert.equal(page.url(), `${this.origin}/callback`);
  }

  /**
   * The login is refused for this reason: nobody is logged in, nothing is stored, the URL is clean, and
   * the code was sent once, or not at all if the authorization response was already wrong.
   *
   * @param {Answered} answered
   * @param {string} expected
   * @param {{ codeWasSent: boolean }} request
   */
  async assertRefused({ page, tab }, expected, { codeWasSent }) {
    const { status, reason, code } = await outcomeOf(tab);
    assert.equal(code, expected);
    assert.equal(status, "anonymous");
    assert.equal(reason, "login_failed");
    assert.equal(page.url(), `${this.origin}/callback`);
    assert.doesNotMatch(await storageOf(page), /"session /);
    assert.equal(this.server.requestsTo("token").length, codeWasSent ? 1 : 0);
  }
}

/** @param {TabHandle} tab */
function outcomeOf(tab) {
  return tab.evaluate(({ client: { callback, state } }) => ({
    status: state.status,
    reason: state.status === "anonymous" ? state.reason : undefined,
    sub: callback?.user?.sub,
    code: callback?.error?.code,
  }));
}

/** Starts a browser and the servers before the tests of a file, and stops them after. */
export function relyingPartyOfThisFile() {
  const relyingParty = new RelyingParty();
  before(() => relyingParty.begin());
  beforeEach(() => relyingParty.server.beHonest([relyingParty.key]));
  afterEach(() => relyingParty.cleanUp());
  after(() => relyingParty.end());
  return relyingParty;
}

/**
 * An answer without one of its members.
 *
 * @param {string} name
 * @returns {<T extends Record<string, unknown>>(answer: T) => T}
 */
export function without(name) {
  return (answer) => {
    const { [name]: _, ...rest } = answer;
    return /** @type {typeof answer} */ (rest);
  };
}

/**
 * An answer with other members.
 *
 * @param {Record<string, any>} changes
 * @returns {<T extends Record<string, unknown>>(answer: T) => T}
 */
export function having(changes) {
  return (answer) => ({ ...answer, ...changes });
}

/**
 * A time claim this many seconds from now.
 *
 * @param {string} name
 * @param {number} seconds
 * @returns {<T extends Record<string, unknown>>(claims: T) => T}
 */
export function secondsFromNow(name, seconds) {
  return (claims) => ({ ...claims, [name]: Math.floor(Date.now() / 1000) + seconds });
}

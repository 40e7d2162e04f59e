import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { freePorts } from "../../dev/ports.mjs";
import { startStack } from "../../dev/stack.mjs";

/** @typedef {import("../../dev/authorization-server/endpoints.mjs").Endpoint} Endpoint */
/** @typedef {import("../../dev/authorization-server/request_log.mjs").LoggedRequest} LoggedRequest */
/** @typedef {import("../../dev/stack.mjs").Stack} Stack */

/**
 * @typedef {object} JourneyOptions
 * @property {number} [accessTokenTtl] seconds
 * @property {boolean} [apiNonces] whether the API wants a nonce in every DPoP proof
 * @property {boolean} [backForwardCache] whether the browser keeps pages for going back to
 */

const LIMIT_MS = 15_000;

/** The running servers and a browser: what the tests of one file share. */
export class Journey {
  /** @type {Stack} */
  stack = /** @type {never} */ (null);
  /** @type {import("playwright-core").Browser} */
  #browser = /** @type {never} */ (null);
  #folder = "";
  /** @type {import("playwright-core").BrowserContext[]} what stays open between tests */
  #lasting = [];

  /** @param {JourneyOptions} options */
  async begin({ backForwardCache, ...options }) {
    this.#folder = await mkdtemp(join(tmpdir(), "portcullis-e2e-"));
    const database = join(this.#folder, "authorization-server.sqlite");
    this.stack = await startStack({
      ports: await freePorts(),
      database,
      control: true,
      ...options,
    });
    this.#browser = await chromium.launch({
      ...chromiumLaunch(),
      ...(backForwardCache && { ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
    });
  }

  /** A browser of its own, as far as the servers can tell: no cookies, nothing stored. */
  async newContext() {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(LIMIT_MS);
    return context;
  }

  /**
   * Gives the authorization server an order.
   *
   * @param {"GET" | "POST" | "DELETE"} method
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async order(method, path, body) {
    const response = await fetch(`${this.stack.issuer}/control${path}`, {
      method,
      ...(body && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    if (!response.ok) throw new Error(`${path} answered ${await response.text()}`);
    return response;
  }

  /** Ends the grants and the login sessions of everybody: not even a silent login goes on. */
  async endAllSessions() {
    await this.order("POST", "/grants/revoke", {});
    await this.order("POST", "/sessions/end", {});
  }

  /**
   * Chromium sends a request again by itself when a connection breaks that it has used before: to be
   * down for a client, a server has to drop more than one.
   *
   * @param {Record<string, unknown>} fault
   */
  async breakServer(fault) {
    await this.order("POST", "/faults", fault);
  }

  async repairServer() {
    await this.order("DELETE", "/faults");
  }

  async forgetRequests() {
    await this.order("DELETE", "/requests");
  }

  /**
   * @param {Endpoint} endpoint
   * @returns {Promise<LoggedRequest[]>} what came there since the requests were last forgotten
   */
  async requestsTo(endpoint) {
    /** @type {LoggedRequest[]} */
    const requests = await (await this.order("GET", "/requests")).json();
    return requests.filter((request) => request.endpoint === endpoint);
  }

  /** What a `before` hook has opened outlives the tests; what a test opens does not. */
  keepWhatIsOpen() {
    this.#lasting = this.#browser.contexts();
  }

  async cleanUp() {
    const opened = this.#browser.contexts().filter((context) => !this.#lasting.includes(context));
    await Promise.all(opened.map((context) => context.close()));
    await this.repairServer();
    await this.forgetRequests();
  }

  async end() {
    await this.#browser?.close();
    await this.stack?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Starts the servers and a browser before the tests of a file and stops them after.
 *
 * @param {JourneyOptions} [options]
 */
export function journeyOfThisFile(options = {}) {
  const journey = new Journey();
  before(() => journey.begin(options));
  beforeEach(() => journey.keepWhatIsOpen());
  afterEach(() => journey.cleanUp());
  after(() => journey.end());
  return journey;
}

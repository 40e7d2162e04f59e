import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { closeContexts } from "../browser_contexts.mjs";
import { Servers } from "../servers.mjs";

/**
 * @typedef {object} JourneyOptions
 * @property {number} [accessTokenTtl] seconds
 * @property {boolean} [apiNonces] whether the API wants a nonce in every DPoP proof
 * @property {() => Record<string, string>} [headers] the page's, in the place of the demo's
 * @property {boolean} [backForwardCache] whether the browser keeps pages for going back to
 * @property {string} [page] the folder of a page in the demo's place
 * @property {boolean} [popupBlocker] whether the browser blocks windows that nobody asked for
 */

const LIMIT_MS = 15_000;

/** The running servers and a browser: what the tests of one file share. */
export class Journey extends Servers {
  /** @type {import("playwright-core").Browser} */
  #browser = /** @type {never} */ (null);
  /** @type {import("playwright-core").BrowserContext[]} what stays open between tests */
  #lasting = [];

  /** @param {JourneyOptions} options */
  async begin({ backForwardCache, popupBlocker, ...options }) {
    await this.start(options);
    this.#browser = await chromium.launch({
      ...chromiumLaunch(),
      ignoreDefaultArgs: [
        ...(backForwardCache ? ["--disable-back-forward-cache"] : []),
        ...(popupBlocker ? ["--disable-popup-blocking"] : []),
      ],
    });
  }

  /** A browser of its own, as far as the servers can tell: no cookies, nothing stored. */
  async newContext() {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(LIMIT_MS);
    return context;
  }

  /** What a `before` hook has opened outlives the tests; what a test opens does not. */
  keepWhatIsOpen() {
    this.#lasting = this.#browser.contexts();
  }

  async cleanUp() {
    const opened = this.#browser.contexts().filter((context) => !this.#lasting.includes(context));
    await closeContexts(opened);
    this.restoreHeaders();
    await this.repairServer();
    await this.forgetRequests();
  }

  async end() {
    await this.#browser?.close();
    await this.stop();
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

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./gateway.mjs").Exchange} Exchange */
/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */

/**
 * @typedef {object} Start how one load of the page went, in milliseconds since it was asked for
 * @property {boolean} authenticated
 * @property {number} ready when the app knew its state
 * @property {number} usable when it had an access token, or could begin a login
 * @property {string[]} files of the app that were asked for up to the former
 * @property {Exchange[]} before the server's exchanges up to the former
 * @property {Exchange[]} exchanges those up to the latter
 */

/** A person in a browser of their own, who uses the app by one library. */
export class Visit {
  testbed;
  library;
  context;

  /**
   * @param {Testbed} testbed
   * @param {Library} library
   * @param {BrowserContext} context
   */
  constructor(testbed, library, context) {
    this.testbed = testbed;
    this.library = library;
    this.context = context;
  }

  /**
   * @param {Testbed} testbed
   * @param {Library} library
   * @param {{ issuer: string, metadata: Record<string, unknown> }} [server] another one than the library's
   */
  static async begin(testbed, library, server) {
    return new Visit(testbed, library, await testbed.newContext(library, server));
  }

  get site() {
    return this.testbed.siteFor(this.library);
  }

  /** A page of the app's origin in which nothing runs. */
  async newTab() {
    const page = await this.context.newPage();
    await page.goto(`${this.testbed.pages.origin}/blank`);
    return page;
  }

  /**
   * @param {Page} page
   * @returns {Promise<Start>}
   */
  async load(page) {
    await page.goto(this.testbed.pages.origin, { waitUntil: "commit" });
    return this.#started(page);
  }

  /** @param {Page} page */
  async reload(page) {
    await page.reload({ waitUntil: "commit" });
    return this.#started(page);
  }

  /**
   * Logs in, with somebody logged in at the server already, and comes back.
   *
   * @param {Page} page at which the app is ready
   */
  async logIn(page) {
    await this.context.addCookies(this.site.cookies);
    return this.comeBack(page);
  }

  /**
   * The same, whoever is logged in at the server.
   *
   * @param {Page} page
   */
  async comeBack(page) {
    await page.evaluate("told.isLeft = true; void told.app.login()");
    return this.#started(page);
  }

  /**
   * @param {Page} page on its way to the app
   * @returns {Promise<Start>}
   */
  async #started(page) {
    const told = await page
      .waitForFunction(
        () => {
          const { told } = /** @type {{ told?: import("./page.js").Told }} */ (globalThis);
          if (told?.isLeft) return null;
          if (told?.failure !== undefined) return { failure: told.failure };
          if (!told?.app || told.usableAt === undefined) return null;
          const [{ fetchStart }] = /** @type {PerformanceNavigationTiming[]} */ (
            performance.getEntriesByType("navigation")
          );
          const { readyAt = 0, usableAt } = told;
          return {
            authenticated: told.app.authenticated,
            ready: readyAt - fetchStart,
            usable: usableAt - fetchStart,
            askedAt: performance.timeOrigin + fetchStart,
            addresses: performance
              .getEntriesByType("resource")
              .filter(({ startTime }) => startTime < readyAt)
              .map(({ name }) => name),
          };
        },
        undefined,
        { polling: 20 },
      )
      .then((handle) => handle.jsonValue());
    if (told?.failure !== undefined) throw new Error(told.failure);
    const { askedAt, addresses, ...start } =
      /** @type {Omit<Start, "files" | "before" | "exchanges"> & { askedAt: number, addresses: string[] }} */ (
        told
      );
    const files = [...new Set(addresses.flatMap((address) => this.testbed.pages.fileAt(address)))];
    const since = askedAt - performance.timeOrigin;
    const asked = this.site.gateway.exchanges.filter(({ began }) => began >= since);
    const until = (/** @type {number} */ end) => asked.filter(({ began }) => began < since + end);
    return {
      ...start,
      files,
      before: until(start.ready),
      exchanges: until(start.usable),
    };
  }

  async end() {
    await this.context.close();
  }
}

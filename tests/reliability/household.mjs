import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { By, until } from "selenium-webdriver";
import { Servers } from "../servers.mjs";
import { openBrowser } from "./engines.mjs";

/** @typedef {import("./page/tab.mjs").Told} Told */
/** @typedef {import("../../dev/authorization-server/endpoints.mjs").Endpoint} Endpoint */
/** @typedef {import("../servers.mjs").LoggedRequest} LoggedRequest */
/** @typedef {{ id: string, window: string }} Tab */

const PAGE = fileURLToPath(new URL("page", import.meta.url));
const LIMIT_MS = 60_000;
/** How long one look at the tabs may take when nothing happens there. */
const LISTENING_MS = 1000;
/** The lifetime of an access token, in seconds, where nothing is to expire by itself. */
const LONG = 600;

/**
 * One person's browser, and the servers. WebDriver looks at a tab without a client, which hears what
 * the others tell: those stay in the background, as all tabs but one do.
 */
export class Household extends Servers {
  /** @type {import("./engines.mjs").OpenBrowser} */
  #browser = /** @type {never} */ (null);
  #opensWindows = true;
  #watcher = "";
  #questions = 0;
  /** @type {Told[]} */
  #heard = [];

  /** @param {import("./engines.mjs").Engine} engine */
  async begin(engine) {
    this.#opensWindows = engine.opensWindows;
    await this.start({ accessTokenTtl: LONG, page: PAGE });
    this.#browser = await openBrowser(engine);
    await this.#driver.manage().setTimeouts({ script: LIMIT_MS, pageLoad: LIMIT_MS });
    this.#watcher = await this.#driver.getWindowHandle();
    await this.#driver.get(`${this.stack.demo}/watch`);
    await this.#inPage("return 'heardAfter' in window");
  }

  async end() {
    await this.#browser?.close();
    await this.stop();
  }

  get #driver() {
    return this.#browser.driver;
  }

  /** The browser forgets the person and the servers are whole again. */
  async cleanUp() {
    for (const window of await this.#driver.getAllWindowHandles()) {
      if (window === this.#watcher) continue;
      await this.#look(window);
      await this.#bringToRest();
      await this.#driver.close();
    }
    await this.#look(this.#watcher);
    await this.#driver.manage().deleteAllCookies();
    await this.#driver.executeAsyncScript(
      "indexedDB.deleteDatabase('portcullis').onsuccess = arguments[arguments.length - 1]",
    );
    await this.repairServer();
    await this.setLifetime(LONG);
    await this.forgetRequests();
  }

  /** @param {number} ttl how many seconds an access token lives from now on */
  async setLifetime(ttl) {
    await this.order("POST", "/access-tokens", { ttl });
  }

  /**
   * A tab in which somebody has just logged in.
   *
   * @returns {Promise<Tab>}
   */
  async logIn() {
    const window = await this.#openWindow("/");
    await this.#idOfPage();
    await this.#driver.executeScript("void tab.client.loginWithRedirect()");
    await this.#submit("#password", { username: "alice", password: "alice-password" });
    await this.#submit(".permissions", {});
    await this.#driver.wait(until.urlContains(`${this.stack.demo}/callback`), LIMIT_MS);
    return this.#adopt(window);
  }

  /** @returns {Promise<Tab>} one more tab, which has found the session */
  async openTab() {
    return this.#adopt(await this.#openWindow("/"));
  }

  /** @param {number} count */
  async openTabs(count) {
    const tabs = [];
    while (tabs.length < count) tabs.push(await this.openTab());
    return tabs;
  }

  /**
   * What a browser's "Duplicate tab" does: the same URL and, where the engine lets a driven page open
   * a window, the same sessionStorage.
   *
   * @param {Tab} tab
   * @returns {Promise<Tab>}
   */
  async duplicate(tab) {
    if (!this.#opensWindows) return this.openTab();
    const before = await this.#driver.getAllWindowHandles();
    await this.#look(tab.window);
    await this.#driver.findElement(By.id("duplicate")).click();
    const window = await this.#driver.wait(async () => {
      const windows = await this.#driver.getAllWindowHandles();
      return windows.find((window) => !before.includes(window));
    }, LIMIT_MS);
    await this.#look(/** @type {string} */ (window));
    return this.#adopt(/** @type {string} */ (window));
  }

  /**
   * Shows another page of the app in a tab.
   *
   * @param {Tab} tab
   * @param {string} path
   * @returns {Promise<Tab>}
   */
  async visit({ window }, path) {
    await this.#look(window);
    await this.#driver.get(this.stack.demo + path);
    return this.#adopt(window);
  }

  /**
   * Logs out by way of the server, which sends the user back to the start page.
   *
   * @param {Tab} tab
   */
  async logOut({ window }) {
    await this.#look(window);
    await this.#driver.executeScript("void tab.client.logout()");
    await this.#driver.wait(until.urlIs(`${this.stack.demo}/`), LIMIT_MS);
    await this.#untilAnonymous();
  }

  /**
   * Goes back to the page before, and waits until nobody is logged in there.
   *
   * @param {Tab} tab
   * @param {string} path the one of that page
   * @returns {Promise<{ isKept: boolean, failure: string }>} whether the browser had kept the page as it
   *   was, and why the first access token is not to be had that is asked for in it
   */
  async goBackToNobody({ window }, path) {
    await this.#look(window);
    await this.#driver.executeScript("history.back()");
    await this.#driver.wait(until.urlIs(this.stack.demo + path), LIMIT_MS);
    await this.#untilAnonymous();
    return this.#driver.executeAsyncScript(`
      const give = arguments[arguments.length - 1];
      const told = (failure) => give({ isKept: tab.keptToken !== null, failure });
      const asked = tab.keptToken ?? tab.client.getAccessToken();
      asked.then(() => told("none"), ({ code }) => told(code));`);
  }

  /**
   * Ends a tab at once: nothing in it runs any more.
   *
   * @param {Tab} tab
   */
  async kill(tab) {
    await this.#close(tab.window);
    await this.#look(this.#watcher);
  }

  /**
   * Has a tab do something, and waits for what it says.
   *
   * @param {Tab} tab
   * @param {string} call
   * @param {unknown} [argument]
   */
  async ask(tab, call, argument) {
    const question = await this.tell(tab, call, argument);
    const answers = () =>
      this.#heard.filter((told) => told.kind === "answer" && told.question === question);
    await this.until(`an answer to ${call}`, () => answers().length > 0);
    const [{ failure, value }] = answers();
    if (failure !== undefined) throw new Error(`${call}: ${failure}`);
    return value;
  }

  /**
   * @param {Tab[]} tabs
   * @param {string} call
   * @param {unknown} [argument]
   */
  askAll(tabs, call, argument) {
    return Promise.all(tabs.map((tab) => this.ask(tab, call, argument)));
  }

  /**
   * Has a tab do something, and does not wait.
   *
   * @param {Tab} tab
   * @param {string} call
   * @param {unknown} [argument]
   */
  async tell({ id }, call, argument) {
    const question = String((this.#questions += 1));
    await this.#driver.executeScript("give(arguments[0])", { to: id, question, call, argument });
    return question;
  }

  /**
   * @param {Tab} tab
   * @param {string} kind
   * @returns {Told[]} what it told so far
   */
  told({ id }, kind) {
    return this.#heard.filter((told) => told.from === id && told.kind === kind);
  }

  /** @returns {Told[]} the moments in which a tab said that nobody is logged in */
  get anonymous() {
    return this.#heard.filter(({ status }) => status === "anonymous");
  }

  /** How many refreshes the tabs have told of that they did themselves. */
  get refreshes() {
    return this.#heard.filter(({ from, by }) => from !== "" && by === "this_tab").length;
  }

  /** Everything told so far counts no more. */
  forgetTold() {
    this.#heard = this.#heard.map((told) => ({ ...told, from: "", status: "" }));
  }

  /**
   * Waits until what the tabs told makes this true.
   *
   * @param {string} what
   * @param {() => boolean} isSo
   * @param {number} [limitMs]
   */
  async until(what, isSo, limitMs = LIMIT_MS) {
    const deadline = performance.now() + limitMs;
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await this.#listen();
    }
  }

  /**
   * Waits until what was asked of the authorization server makes this true.
   *
   * @param {string} what
   * @param {(requests: LoggedRequest[]) => boolean} isSo
   * @param {Endpoint} [endpoint]
   */
  async untilAsked(what, isSo, endpoint = "token") {
    const deadline = performance.now() + LIMIT_MS;
    while (!isSo(await this.requestsTo(endpoint))) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await delay(20);
    }
  }

  /** Hears what is new, from every tab. */
  async #listen() {
    const known = this.#heard.length;
    /** @type {Told[]} */
    const news = await this.#driver.executeAsyncScript(
      "heardAfter(arguments[0], arguments[1], arguments[2])",
      known,
      LISTENING_MS,
    );
    // Somebody else may have listened at the same time.
    this.#heard.push(...news.slice(this.#heard.length - known));
  }

  /** @param {string} path */
  async #openWindow(path) {
    await this.#driver.switchTo().newWindow("tab");
    const window = await this.#driver.getWindowHandle();
    await this.#driver.get(this.stack.demo + path);
    return window;
  }

  /**
   * @param {string} window the one that WebDriver looks at
   * @returns {Promise<Tab>}
   */
  async #adopt(window) {
    const tab = { id: await this.#idOfPage(), window };
    await this.#look(this.#watcher);
    await this.until("the tab", () => this.told(tab, "started").length > 0);
    await this.ask(tab, "token");
    return tab;
  }

  async #untilAnonymous() {
    await this.#inPage("return window.tab?.client.state.status === 'anonymous'");
  }

  /** @returns {Promise<string>} */
  async #idOfPage() {
    return this.#inPage("return window.tab?.id ?? null");
  }

  /**
   * @param {string} script
   * @returns {Promise<any>} what it gives in the end, once it is something
   */
  #inPage(script) {
    return this.#driver.wait(() => this.#driver.executeScript(script), LIMIT_MS, script, 50);
  }

  /** @param {string} window */
  async #look(window) {
    await this.#driver.switchTo().window(window);
  }

  /** Chromium never ends closing a page that is just on its way to another, as after a logout. */
  async #bringToRest() {
    while ((await this.#driver.getCurrentUrl()) !== "about:blank") {
      await this.#driver.get("about:blank");
    }
  }

  /** @param {string} window */
  async #close(window) {
    await this.#look(window);
    await this.#driver.close();
  }

  /**
   * Fills in and sends the first form of a page of the authorization server.
   *
   * @param {string} mark what tells this page from others
   * @param {Record<string, string>} fields
   */
  async #submit(mark, fields) {
    await this.#driver.wait(until.elementLocated(By.css(mark)), LIMIT_MS);
    await this.#driver.executeScript(
      `for (const [id, text] of Object.entries(arguments[0])) document.getElementById(id).value = text;
       document.querySelector("button.primary").form.requestSubmit();`,
      fields,
    );
  }
}

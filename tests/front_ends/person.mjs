import { By, Key, until } from "selenium-webdriver";
import { rustExamplesSite } from "../../dev/rust_examples.mjs";
import { openBrowser } from "../reliability/engines.mjs";
import { Servers } from "../servers.mjs";

const LIMIT_MS = 60_000;
/** The lifetime of an access token, in seconds, where nothing is to expire by itself. */
const LONG = 600;

/** One person with a browser, in front of the example apps. */
export class Person extends Servers {
  /** @type {import("../reliability/engines.mjs").OpenBrowser} */
  #browser = /** @type {never} */ (null);
  #first = "";
  /** @type {string[]} tabs that an earlier test opened */
  #spare = [];

  /** @param {import("../reliability/engines.mjs").Engine} engine */
  async begin(engine) {
    await this.start({ accessTokenTtl: LONG, page: rustExamplesSite });
    this.#browser = await openBrowser(engine);
    await this.driver.manage().setTimeouts({ script: LIMIT_MS, pageLoad: LIMIT_MS });
    this.#first = await this.driver.getWindowHandle();
  }

  async end() {
    await this.#browser?.close();
    await this.stop();
  }

  get driver() {
    return this.#browser.driver;
  }

  /** The browser forgets the person. Its tabs stay open: now and then ChromeDriver hangs as it closes one. */
  async cleanUp() {
    const tabs = await this.driver.getAllWindowHandles();
    this.#spare = tabs.filter((tab) => tab !== this.#first);
    for (const tab of [...this.#spare, this.#first]) {
      await this.lookAt(tab);
      // Not the app, which would hold on to the database, nor JSON, which Firefox shows on a page of its own.
      await this.open("/yew/style.css");
      await this.driver.executeScript("sessionStorage.clear()");
    }
    await this.driver.executeAsyncScript(
      "indexedDB.deleteDatabase('portcullis').onsuccess = arguments[arguments.length - 1]",
    );
    await this.driver.manage().deleteAllCookies();
    await this.order("POST", "/access-tokens", { ttl: LONG });
    await this.forgetRequests();
  }

  /** @param {string} path */
  async open(path) {
    await this.driver.get(this.stack.demo + path);
  }

  /**
   * @param {string} path
   * @returns {Promise<string>} another tab, which is looked at now
   */
  async openTab(path) {
    const spare = this.#spare.pop();
    await (spare ? this.lookAt(spare) : this.driver.switchTo().newWindow("tab"));
    await this.open(path);
    return this.driver.getWindowHandle();
  }

  /** @param {string} window */
  async lookAt(window) {
    await this.driver.switchTo().window(window);
  }

  /** @param {string} name what a button or link says */
  async click(name) {
    await (await this.#find(`//*[self::a or self::button][normalize-space()="${name}"]`)).click();
  }

  /**
   * Logs in at the authorization server, as somebody who comes for the first time.
   *
   * @param {"Allow" | "Deny"} [answer] to what the app may do
   */
  async signIn(answer = "Allow") {
    await (await this.#find("//*[@id='username']")).sendKeys("alice");
    await (await this.#find("//*[@id='password']")).sendKeys("alice-password", Key.ENTER);
    await this.click(answer);
  }

  /** @param {string} path */
  async untilAt(path) {
    await this.driver.wait(until.urlIs(this.stack.demo + path), LIMIT_MS, `at ${path}`);
  }

  /** @param {string} text what the page shows somewhere */
  async untilText(text) {
    await this.until(`"${text}"`, async () => (await this.text()).includes(text));
  }

  /**
   * @param {string} what
   * @param {() => Promise<boolean>} isSo
   */
  async until(what, isSo) {
    await this.driver.wait(isSo, LIMIT_MS, `waited in vain for ${what}`, 50);
  }

  /** @returns {Promise<string>} what the page shows */
  text() {
    return this.driver.executeScript("return document.body?.innerText ?? ''");
  }

  /** @param {string} xpath */
  #find(xpath) {
    return this.driver.wait(until.elementLocated(By.xpath(xpath)), LIMIT_MS, xpath);
  }
}

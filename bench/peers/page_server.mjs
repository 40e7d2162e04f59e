import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { listening } from "../../dev/listening.mjs";
import { bundleOf } from "./bundles.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./page.js").Settings} Settings */

const BLANK =
  '<!doctype html><meta charset="utf-8"><title>Bench</title><link rel="icon" href="data:,">';

/** Serves the app of one library at a time, all under one origin, as a production host would. */
export class PageServer {
  origin = "";
  /** @type {Set<string>} the files of the library's app that were asked for */
  filesServed = new Set();
  #library = /** @type {Library | null} */ (null);
  #settings = /** @type {Settings | null} */ (null);
  #serve = /** @type {import("sirv").RequestHandler | null} */ (null);
  #listening = /** @type {{ close(): Promise<void> } | null} */ (null);

  /** @param {number} port */
  async start(port) {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#listening = await listening(server, port);
    this.origin = `http://localhost:${port}`;
  }

  async stop() {
    await this.#listening?.close();
  }

  /**
   * @param {Library} library
   * @param {Settings} settings
   */
  show(library, settings) {
    if (library !== this.#library) this.filesServed.clear();
    this.#library = library;
    this.#settings = settings;
    this.#serve = sirv(bundleOf(library), { dev: true, brotli: true });
  }

  /**
   * The file of the library's app that an address is of, if it is of one.
   *
   * @param {string} address
   */
  fileAt(address) {
    const { origin, pathname } = new URL(address);
    const folder = `/assets/${this.#library?.app}/`;
    const isOfApp = origin === this.origin && pathname.startsWith(folder);
    return isOfApp ? [pathname.slice(folder.length)] : [];
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  #answer(request, response) {
    const { href, pathname } = new URL(request.url ?? "/", this.origin);
    const [file] = this.fileAt(href);
    if (file) {
      response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
      request.url = `/${file}`;
      this.filesServed.add(file);
      this.#serve?.(request, response, () => void response.writeHead(404).end());
    } else if (pathname === "/blank") {
      response.setHeader("Content-Type", "text/html").end(BLANK);
    } else if (["/", "/callback", "/silent.html"].includes(pathname)) {
      response.setHeader("Cache-Control", "no-cache").setHeader("Content-Type", "text/html");
      response.end(this.#html(pathname === "/silent.html" ? "silent.js" : "main.js"));
    } else {
      response.writeHead(404).end();
    }
  }

  /** @param {"main.js" | "silent.js"} wanted */
  #html(wanted) {
    const library = /** @type {Library} */ (this.#library);
    // One that has no page of its own for iframes uses the app's.
    const script = existsSync(join(bundleOf(library), wanted)) ? wanted : "main.js";
    const settings = JSON.stringify(this.#settings);
    const files = `/assets/${library.app}`;
    return `${BLANK}
      <script>globalThis.settings = ${settings}</script>
      <script type="module" src="${files}/${script}"></script>`;
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { startAuthorizationServer } from "../../dev/authorization-server/start.mjs";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { freePorts } from "../../dev/ports.mjs";
import { stopEverythingOnSignal } from "../../dev/process.mjs";
import { logInAndOut } from "./login.mjs";
import { makeProject } from "./project.mjs";
import { packInto } from "./tarball.mjs";

/**
 * @callback Serve makes the project's page and serves it
 * @param {string} project the folder
 * @param {number} port
 * @returns {Promise<{ close(): Promise<void> }>}
 */

/**
 * @template T
 * @callback Visit what is done with a page that is served
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin of the page
 * @param {string} project the folder that it is made of
 * @returns {Promise<T>}
 */

/** An authorization server, a browser, the packed package, and projects that use all three. */
export class Testbed {
  #folder = mkdtempSync(join(tmpdir(), "portcullis-packaging-"));
  /** @type {import("../../dev/authorization-server/start.mjs").RunningServer} */
  #server = /** @type {never} */ (null);
  /** @type {import("playwright-core").Browser} */
  #browser = /** @type {never} */ (null);
  #tarball = "";
  /** @type {number[]} those whose pages the server knows, and that nobody uses now */
  #ports = [];

  async begin() {
    stopEverythingOnSignal(130);
    const { authorizationServer, demo: one, api: another } = await freePorts();
    this.#ports = [one, another];
    this.#tarball = await packInto(this.#folder);
    this.#browser = await chromium.launch(chromiumLaunch());
    this.#server = await startAuthorizationServer({
      port: authorizationServer,
      demoPort: one,
      extraOrigins: [`http://localhost:${another}`],
      // No token is renewed while a page is looked at.
      accessTokenTtl: 3600,
    });
  }

  async end() {
    await this.#browser?.close();
    await this.#server?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Tells an app its servers: those of fixtures/ by a module, those of examples/ by a file.
   *
   * @param {string} project
   */
  #configure(project) {
    const { issuer, resource: api } = this.#server;
    const script = `export const issuer = ${JSON.stringify(issuer)};\n`;
    writeFileSync(join(project, "src", "issuer.js"), script);
    mkdirSync(join(project, "public"), { recursive: true });
    const config = JSON.stringify({ issuer, clientId: "spa", api });
    writeFileSync(join(project, "public", "config.json"), config);
  }

  /**
   * Goes through a login with the page that a project makes.
   *
   * @param {string[]} sources folders of the checkout that the project is made of
   * @param {Serve} serve
   * @returns {Promise<string[]>} the paths that the page asked its own host for
   */
  logIn(sources, serve) {
    return this.visit(sources, serve, logInAndOut);
  }

  /**
   * Installs the package into a project of its own, and visits the page it makes. No more than two at a
   * time.
   *
   * @template T
   * @param {string[]} sources folders of the checkout that the project is made of
   * @param {Serve} serve
   * @param {Visit<T>} visit
   * @returns {Promise<T>}
   */
  async visit(sources, serve, visit) {
    const port = /** @type {number} */ (this.#ports.pop());
    const project = join(
      mkdtempSync(join(this.#folder, "project-")),
      basename(sources.at(-1) ?? ""),
    );
    try {
      await makeProject(project, { sources, tarball: this.#tarball });
      this.#configure(project);
      const page = await serve(project, port);
      return await visit(this.#browser, `http://localhost:${port}`, project).finally(() =>
        page.close(),
      );
    } finally {
      rmSync(project, { recursive: true, force: true });
      this.#ports.push(port);
    }
  }
}

/** Sets up before the tests of a file and clears away after them. */
export function testbedOfThisFile() {
  const testbed = new Testbed();
  before(() => testbed.begin());
  after(() => testbed.end());
  return testbed;
}

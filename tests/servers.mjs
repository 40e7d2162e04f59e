import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../dev/ports.mjs";
import { startStack } from "../dev/stack.mjs";

/** @typedef {import("../dev/authorization-server/endpoints.mjs").Endpoint} Endpoint */
/** @typedef {import("../dev/authorization-server/request_log.mjs").LoggedRequest} LoggedRequest */
/** @typedef {import("../dev/stack.mjs").Stack} Stack */
/** @typedef {import("../dev/stack.mjs").StackOptions} StackOptions */

/** The running servers, and the orders that a test gives them. */
export class Servers {
  /** @type {Stack} */
  stack = /** @type {never} */ (null);
  #folder = "";
  /** @type {Record<string, string>} */
  #headers = {};

  /** @param {Pick<StackOptions, "accessTokenTtl" | "apiNonces" | "page" | "headers">} options */
  async start(options) {
    this.#folder = await mkdtemp(join(tmpdir(), "portcullis-test-"));
    this.stack = await startStack({
      ports: await freePorts(),
      database: join(this.#folder, "authorization-server.sqlite"),
      control: true,
      ...options,
    });
    this.#headers = { ...this.stack.headers };
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

  /**
   * Gives the demo's answers other headers, until the test is over.
   *
   * @param {Record<string, string>} headers
   */
  setHeaders(headers) {
    Object.assign(this.stack.headers, headers);
  }

  restoreHeaders() {
    for (const name of Object.keys(this.stack.headers)) delete this.stack.headers[name];
    this.setHeaders(this.#headers);
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

  async stop() {
    await this.stack?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

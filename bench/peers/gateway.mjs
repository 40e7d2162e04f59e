import { Agent, createServer, request as send } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { listening } from "../../dev/listening.mjs";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */
/** @typedef {import("./dialects.mjs").Dialect} Dialect */

/**
 * @typedef {object} Exchange one request and its answer; preflights are requests too
 * @property {string} path
 * @property {string} method
 * @property {string | null} grantType
 * @property {number} began milliseconds of this process
 * @property {number} ended
 */

/** Stands between the browser and an authorization server: counts, delays, and loses answers. */
export class Gateway {
  /** Waited before every request goes on. */
  latencyMs = 0;
  /** How many answers to refreshes are lost on their way back. */
  answersToLose = 0;
  /** @type {Dialect} */
  dialect = {};
  /** @type {Exchange[]} */
  exchanges = [];
  #upstreamPort = 0;
  #agent = new Agent({ keepAlive: true });
  #listening = /** @type {{ close(): Promise<void> } | null} */ (null);

  /**
   * @param {number} port
   * @param {number} upstreamPort
   */
  async start(port, upstreamPort) {
    this.#upstreamPort = upstreamPort;
    const server = createServer((request, response) => {
      this.#pass(request, response).catch(() => response.destroy());
    });
    this.#listening = await listening(server, port);
  }

  async stop() {
    await this.#listening?.close();
    this.#agent.destroy();
  }

  /** How many refreshes were asked for. */
  get refreshes() {
    return this.exchanges.filter(({ grantType }) => grantType === "refresh_token").length;
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #pass(request, response) {
    const { method = "GET", url = "/" } = request;
    const sent = await text(request);
    const isJson = request.headers["content-type"]?.includes("json");
    const form = new URLSearchParams(isJson ? "" : sent);
    const grantType = form.get("grant_type");
    const [path] = url.split("?");
    const exchange = { path, method, grantType, began: performance.now(), ended: Infinity };
    this.exchanges.push(exchange);
    if (this.latencyMs > 0) await delay(this.latencyMs);
    this.dialect.change?.(form);
    const answer = await this.#forward(request, isJson ? sent : String(form));
    const body = this.#dressed(grantType, await text(answer));
    exchange.ended = performance.now();
    if (grantType === "refresh_token" && answer.statusCode === 200 && this.answersToLose > 0) {
      this.answersToLose -= 1;
      response.destroy();
      return;
    }
    const headers = [...answer.rawHeaders, ...Object.entries(this.dialect.headers ?? {}).flat()];
    const length = headers.findIndex((name) => name.toLowerCase() === "content-length");
    if (length !== -1) headers.splice(length, 2, "Content-Length", `${Buffer.byteLength(body)}`);
    response.writeHead(answer.statusCode ?? 502, headers).end(body);
  }

  /**
   * @param {string | null} grantType
   * @param {string} body
   */
  #dressed(grantType, body) {
    if (grantType === null || !this.dialect.dress) return body;
    const tokens = JSON.parse(body);
    this.dialect.dress(tokens);
    return JSON.stringify(tokens);
  }

  /**
   * @param {IncomingMessage} request
   * @param {string} body
   * @returns {Promise<IncomingMessage>}
   */
  #forward({ method, url = "/", headers }, body) {
    const [path, query] = url.split("?");
    const there = [this.dialect.paths?.[path] ?? path, ...(query ? [query] : [])].join("?");
    const to = { host: "127.0.0.1", port: this.#upstreamPort, agent: this.#agent };
    const length = body === "" ? {} : { "content-length": Buffer.byteLength(body) };
    return new Promise((answered, failed) => {
      send({ ...to, method, path: there, headers: { ...headers, ...length } }, answered)
        .once("error", failed)
        .end(body);
    });
  }
}

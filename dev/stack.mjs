import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startDemoServer } from "./demo_server.mjs";
import { target } from "./paths.mjs";
import { isInterrupted, launch, stop, stopEverythingOnSignal } from "./process.mjs";
import { Failure } from "./step.mjs";

/** @typedef {import("./ports.mjs").Ports} Ports */
/** @typedef {import("./process.mjs").Environment} Environment */

/**
 * @typedef {object} StackOptions
 * @property {Ports} ports
 * @property {string} database the authorization server's SQLite file
 * @property {number} [accessTokenTtl] seconds
 * @property {boolean} [control] whether the authorization server takes orders for faults
 * @property {number} [webAppPort] the port of the server-side web app, which is started by itself
 * @property {boolean} [apiNonces] whether the protected API wants its nonce in every DPoP proof
 * @property {string} [page] the folder of a page that is served in the demo's place
 * @property {() => Record<string, string>} [headers] the page's, in the place of the demo's
 * @property {"inherit" | "ignore"} [output] what becomes of the servers' own output
 */

/**
 * @typedef {object} Service one server, which can be stopped and started again
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} Stack
 * @property {string} demo the demo page's origin
 * @property {string} issuer
 * @property {string} api
 * @property {Record<string, string>} headers the demo's own, which may be changed
 * @property {Service} authorizationServer
 * @property {Service} resourceServer
 * @property {Promise<string>} broken tells in a sentence that a server ended by itself
 * @property {() => Promise<void>} stop
 */

const CLIENT_ID = "spa";
const READY_WITHIN_MS = 20_000;

/** The protected API's program, as `cargo build --package resource-server` makes it. */
const resourceServerProgram = join(target, "debug", "resource-server");

/**
 * Starts the authorization server, the protected API and the demo page; everything has to be built.
 *
 * @param {StackOptions} options
 * @returns {Promise<Stack>}
 */
export async function startStack({
  ports,
  database,
  accessTokenTtl,
  control,
  webAppPort,
  apiNonces,
  page: folder,
  headers,
  output = "ignore",
}) {
  stopEverythingOnSignal(130);
  mkdirSync(dirname(database), { recursive: true });
  const demo = `http://localhost:${ports.demo}`;
  const issuer = `http://localhost:${ports.authorizationServer}`;
  const api = `http://localhost:${ports.api}/api`;

  /** @type {(sentence: string) => void} */
  let reportBroken = () => {};
  const broken = /** @type {Promise<string>} */ (new Promise((report) => (reportBroken = report)));

  const authorizationServer = service({
    name: "authorization server",
    program: process.execPath,
    args: [join("dev", "authorization-server", "main.mjs")],
    environment: {
      PORTCULLIS_AS_PORT: String(ports.authorizationServer),
      PORTCULLIS_DEMO_PORT: String(ports.demo),
      PORTCULLIS_API_PORT: String(ports.api),
      PORTCULLIS_WEB_APP_PORT: webAppPort?.toString(),
      PORTCULLIS_AS_DATABASE: database,
      PORTCULLIS_AS_ACCESS_TOKEN_TTL: accessTokenTtl?.toString(),
      PORTCULLIS_AS_CONTROL: control ? "1" : undefined,
    },
    ready: `${issuer}/.well-known/openid-configuration`,
    output,
    reportBroken,
  });
  const resourceServer = service({
    name: "protected API",
    program: resourceServerProgram,
    args: [],
    environment: {
      PORTCULLIS_ISSUER: issuer,
      PORTCULLIS_AUDIENCE: api,
      PORTCULLIS_API_PORT: String(ports.api),
      PORTCULLIS_DEMO_ORIGIN: demo,
      PORTCULLIS_INTROSPECTION_ENDPOINT: `${issuer}/introspect`,
      PORTCULLIS_TOKEN_ENDPOINT: `${issuer}/token`,
      PORTCULLIS_CLIENT_ID: "resource-server",
      PORTCULLIS_CLIENT_SECRET: "resource-server-secret",
      PORTCULLIS_DPOP_NONCE_SECRET: apiNonces ? randomBytes(32).toString("hex") : undefined,
    },
    ready: `${api}/public`,
    output,
    reportBroken,
  });

  const stopServers = async () => {
    await Promise.all([authorizationServer.stop(), resourceServer.stop()]);
  };
  try {
    await authorizationServer.start();
    await resourceServer.start();
    const page = await startDemoServer({
      port: ports.demo,
      config: { issuer, clientId: CLIENT_ID, api },
      folder,
      headers,
    });
    return {
      demo,
      issuer,
      api,
      headers: page.headers,
      authorizationServer,
      resourceServer,
      broken,
      stop: async () => {
        await Promise.all([page.close(), stopServers()]);
      },
    };
  } catch (error) {
    await stopServers();
    throw error;
  }
}

/**
 * A program that serves.
 *
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.program
 * @param {string[]} options.args
 * @param {Environment} options.environment
 * @param {string} options.ready a URL that answers once the server is ready
 * @param {"inherit" | "ignore"} options.output
 * @param {(sentence: string) => void} options.reportBroken
 * @returns {Service}
 */
export function service({ name, program, args, environment, ready, output, reportBroken }) {
  /** @type {import("./process.mjs").ChildProcess | null} */
  let child = null;
  return {
    async start() {
      const started = launch(program, args, {
        env: environment,
        stdio: ["ignore", output, output],
      });
      child = started;
      /** @type {string | null} */
      let end = null;
      started.once("error", (error) => (end = error.message));
      started.once("exit", (code, signal) => {
        end = `exit ${code ?? signal}`;
        if (child === started && !isInterrupted())
          reportBroken(`The ${name} ended by itself (${end}).`);
      });
      const deadline = performance.now() + READY_WITHIN_MS;
      while (!(await answers(ready))) {
        if (end !== null) throw new Failure(`The ${name} did not start (${end}).`);
        if (performance.now() > deadline) {
          throw new Failure(`The ${name} did not answer within ${READY_WITHIN_MS / 1000} s.`);
        }
        await delay(50);
      }
    },
    async stop() {
      const stopping = child;
      child = null;
      if (stopping) await stop(stopping);
    },
  };
}

/** @param {string} url */
async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return response.ok;
  } catch {
    return false;
  }
}

import { createServer } from "node:net";
import { Failure } from "./step.mjs";

/** @typedef {{ demo: number, authorizationServer: number, api: number }} Ports */

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number | null>} the port, if it could be listened on
 */
function tryPort(port, host) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error) => {
      // A machine without IPv6 has no ::1, so nobody holds a port there.
      const code = /** @type {NodeJS.ErrnoException} */ (error).code;
      done(code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT" ? port : null);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => done(address.port));
    });
  });
}

/** @param {number} port */
async function isFree(port) {
  return (await tryPort(port, "127.0.0.1")) !== null && (await tryPort(port, "::1")) !== null;
}

/**
 * @param {string} text
 * @param {string} name the variable or option that it comes from
 */
export function parsePort(text, name) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure(`${name} is "${text}"; it has to be a port from 1 to 65535.`);
  }
  return port;
}

/**
 * @param {{ port: number, purpose: string, variable: string }[]} wanted
 */
export async function requireFreePorts(wanted) {
  for (const [index, { port, purpose, variable }] of wanted.entries()) {
    const twin = wanted.slice(0, index).find((other) => other.port === port);
    if (twin) {
      throw new Failure(`Port ${port} is asked for twice, by ${twin.variable} and ${variable}.`);
    }
    if (!(await isFree(port))) {
      throw new Failure(
        `Port ${port} of the ${purpose} is taken; set ${variable} to a free one and try again.`,
      );
    }
  }
}

/** @returns {Promise<number>} a port that nobody listens on now */
export async function freePort() {
  for (;;) {
    const port = await tryPort(0, "127.0.0.1");
    if (port !== null && (await isFree(port))) return port;
  }
}

/** @returns {Promise<Ports>} three ports that nobody listens on now */
export async function freePorts() {
  /** @type {Set<number>} */
  const ports = new Set();
  while (ports.size < 3) ports.add(await freePort());
  const [demo, authorizationServer, api] = ports;
  return { demo, authorizationServer, api };
}

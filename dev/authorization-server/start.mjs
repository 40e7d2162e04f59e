import { createServer } from "node:http";
import { shiftClock } from "./clock.mjs";
import { openDatabase } from "./database.mjs";
import { createProvider } from "./provider.mjs";
import { settingsFor } from "./options.mjs";
import { FaultList } from "./faults.mjs";
import { rotateKeys } from "./keys.mjs";
import { RequestLog } from "./request_log.mjs";
import { sweepExpired } from "./sqlite_adapter.mjs";

const SWEEP_INTERVAL_MS = 60_000;

/**
 * @typedef {object} RunningServer
 * @property {string} issuer
 * @property {number} port
 * @property {string} resource the protected API's resource indicator
 * @property {() => Promise<void>} close
 */

/**
 * Starts the authorization server of the demo and the tests, reachable from this machine only.
 *
 * @param {import("./options.mjs").Options} [options]
 * @returns {Promise<RunningServer>}
 */
export async function startAuthorizationServer(options = {}) {
  const server = createServer();
  const settings = settingsFor(options, await listen(server, options.port ?? 4181));
  const database = await openDatabase(settings.database).catch((error) => {
    server.close();
    throw error;
  });

  const state = { settings, database, faults: new FaultList(), requests: new RequestLog() };
  /** @type {import("node:http").RequestListener} */
  let handle;
  const useCurrentKeys = async () => {
    handle = (await createProvider({ ...state, rotate })).callback();
  };
  /** @param {{ keepOld: boolean, sameKeyIds: boolean }} how */
  const rotate = async (how) => {
    await rotateKeys(database, how);
    await useCurrentKeys();
  };
  await useCurrentKeys();
  server.on("request", (request, response) => handle(request, response));

  sweepExpired(database);
  const sweeping = setInterval(() => sweepExpired(database), SWEEP_INTERVAL_MS).unref();

  return {
    issuer: settings.issuer,
    port: settings.port,
    resource: settings.resource,
    async close() {
      clearInterval(sweeping);
      if (settings.control) shiftClock(0);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      database.close();
    },
  };
}

/**
 * @param {import("node:http").Server} server
 * @param {number} port
 * @returns {Promise<number>} the port, also when any free one was asked for
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const taken = /** @type {NodeJS.ErrnoException} */ (error).code === "EADDRINUSE";
      reject(taken ? new Error(takenPort(port), { cause: error }) : error);
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(/** @type {import("node:net").AddressInfo} */ (server.address()).port);
    });
  });
}

/** @param {number} port */
function takenPort(port) {
  return `Port ${port} of the authorization server is in use; end the program that holds it, or choose another port with PORTCULLIS_AS_PORT.`;
}

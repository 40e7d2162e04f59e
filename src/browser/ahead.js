// What is done for a client while its wasm is on its way.

import { forgetDatabase, openAhead } from "./database.js";
import { forgetChannel, listenAhead } from "./page.js";

/**
 * The sessions whose clients are on their way.
 *
 * @type {Set<string>}
 */
const sessions = new Set();

/**
 * Listens to the other tabs, and reads what the client of this session begins with. The channel is opened
 * before the record is read, so that the client hears of what changes after.
 *
 * @param {string} session issuer and client identifier
 * @returns {Promise<string | undefined>} the session's record, sealed, if there is one
 */
export function goAhead(session) {
  listenAhead(`portcullis ${session}`);
  sessions.add(session);
  // A page that the browser keeps for going back to hears nothing.
  addEventListener("pagehide", forgetAll);
  return openAhead(`session ${session}`);
}

/**
 * Gives up what no client took.
 *
 * @param {string} session
 */
export function forgetAhead(session) {
  forgetChannel(`portcullis ${session}`);
  forgetDatabase();
  sessions.delete(session);
  if (sessions.size === 0) removeEventListener("pagehide", forgetAll);
}

function forgetAll() {
  sessions.forEach(forgetAhead);
}

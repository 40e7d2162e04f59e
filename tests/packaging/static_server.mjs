import { createServer } from "node:http";
import sirv from "sirv";
import { listening } from "../../dev/listening.mjs";

/**
 * Serves the files of a folder at localhost, and its index.html at every path that has no file.
 *
 * @param {string} folder
 * @param {number} port
 * @returns {Promise<{ close(): Promise<void> }>}
 */
export async function serveFolder(folder, port) {
  const serve = sirv(folder, { dev: true, single: true });
  const server = createServer((request, response) => {
    serve(request, response, () => void response.writeHead(404).end());
  });
  return listening(server, port);
}

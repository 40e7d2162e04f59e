import { createServer } from "node:http";
import sirv from "sirv";
import { listening } from "./listening.mjs";
import { docsOutput } from "./paths.mjs";

/**
 * @param {number} port
 * @returns {Promise<{ close(): Promise<void> }>}
 */
export function serveDocs(port) {
  const pages = sirv(docsOutput, { dev: true });
  const server = createServer((request, response) =>
    pages(request, response, () => void response.writeHead(404).end()),
  );
  return listening(server, port);
}

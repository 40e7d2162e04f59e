import { createServer } from "node:http";
import sirv from "sirv";
import { docsOutput } from "./paths.mjs";

/**
 * @param {number} port
 * @returns {Promise<{ close(): Promise<void> }>}
 */
export async function serveDocs(port) {
  const pages = sirv(docsOutput, { dev: true });
  const server = createServer((request, response) =>
    pages(request, response, () => void response.writeHead(404).end()),
  );
  await new Promise((listening, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => listening(undefined));
  });
  return {
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

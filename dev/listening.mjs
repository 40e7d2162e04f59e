/** @typedef {import("node:http").Server} Server */

/**
 * Has a server listen on the loopback address.
 *
 * @param {Server} server
 * @param {number} port
 * @returns {Promise<{ close(): Promise<void> }>} close: ends its connections too
 */
export async function listening(server, port) {
  await new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => done(undefined));
  });
  return {
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

import { join } from "node:path";
import { target } from "./paths.mjs";
import { service } from "./stack.mjs";

/** The server-side web app, as `cargo build --package web-app` makes it. */
const program = join(target, "debug", "web-app");

/**
 * @param {object} options
 * @param {number} options.port
 * @param {string} options.issuer
 * @param {string} options.api the API that the profile asks
 * @param {string} options.databaseUrl `sqlite:` or `postgres:`
 * @param {string} options.key 32 bytes in base64url
 * @param {"inherit" | "ignore"} [options.output] what becomes of its own output
 * @param {(sentence: string) => void} [options.reportBroken] is told that it ended by itself
 */
export function webApp({
  port,
  issuer,
  api,
  databaseUrl,
  key,
  output = "ignore",
  reportBroken = () => {},
}) {
  const origin = `http://localhost:${port}`;
  const { start, stop } = service({
    name: "web app",
    program,
    args: [],
    environment: {
      PORTCULLIS_ISSUER: issuer,
      PORTCULLIS_CLIENT_ID: "web-app",
      PORTCULLIS_CLIENT_SECRET: "web-app-secret",
      PORTCULLIS_WEB_APP_KEY: key,
      PORTCULLIS_WEB_APP_PORT: String(port),
      PORTCULLIS_API: api,
      DATABASE_URL: databaseUrl,
    },
    ready: `${origin}/`,
    output,
    reportBroken,
  });
  return { origin, start, stop };
}

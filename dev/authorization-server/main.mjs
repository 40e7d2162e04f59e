import { join } from "node:path";
import { cache } from "../paths.mjs";
import { startAuthorizationServer } from "./start.mjs";

/**
 * @param {string} name
 * @param {{ least: number, most: number }} range
 * @returns {number | undefined}
 */
function integer(name, { least, most }) {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} must be a whole number from ${least} to ${most}, but is "${text}".`);
  }
  return value;
}

const LISTENING_PORT = { least: 0, most: 65_535 };
const PORT = { least: 1, most: 65_535 };

async function main() {
  const server = await startAuthorizationServer({
    port: integer("PORTCULLIS_AS_PORT", LISTENING_PORT),
    issuer: process.env.PORTCULLIS_AS_ISSUER || undefined,
    demoPort: integer("PORTCULLIS_DEMO_PORT", PORT),
    apiPort: integer("PORTCULLIS_API_PORT", PORT),
    webAppPort: integer("PORTCULLIS_WEB_APP_PORT", PORT),
    database: process.env.PORTCULLIS_AS_DATABASE || join(cache, "authorization-server.sqlite"),
    accessTokenTtl: integer("PORTCULLIS_AS_ACCESS_TOKEN_TTL", { least: 1, most: 86_400 }),
    control: process.env.PORTCULLIS_AS_CONTROL === "1",
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => server.close().finally(() => process.exit(0)));
  }
  process.stdout.write(`Authorization server ready at ${server.issuer}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

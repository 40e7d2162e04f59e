import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { target } from "./paths.mjs";
import { parsePort, requireFreePorts } from "./ports.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure, say, step } from "./step.mjs";

const SERVERS = /** @type {const} */ ([
  ["PORTCULLIS_DEMO_PORT", "4180", "demo page"],
  ["PORTCULLIS_AS_PORT", "4181", "authorization server"],
  ["PORTCULLIS_API_PORT", "4182", "protected API"],
  ["PORTCULLIS_WEB_APP_PORT", "4186", "web app"],
]);

/** Where the example keeps what has to outlive it. */
const FOLDER = join(target, "web-app");

/** The key of the database, which is made once: another one could not read it. */
function databaseKey() {
  const file = join(FOLDER, "key");
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8");
}

async function main() {
  const servers = SERVERS.map(([variable, usual, purpose]) => {
    const port = parsePort(process.env[variable] ?? usual, variable);
    return { variable, purpose, port };
  });
  await requireFreePorts(servers);
  const { wasm } = await setUpOrFail();
  await build(wasm);
  await step("web app", async (doing) => {
    doing("compiling");
    await runOrFail("cargo", ["build", "--package", "resource-server", "--package", "web-app"]);
    return "built";
  });

  const [demo, authorizationServer, api, webAppPort] = servers.map(({ port }) => port);
  // Only now are the npm packages there that it imports.
  const { startStack } = await import("./stack.mjs");
  const { webApp } = await import("./web_app.mjs");
  const stack = await startStack({
    ports: { demo, authorizationServer, api },
    webAppPort,
    database: join(target, "demo", "authorization-server.sqlite"),
    output: "inherit",
  });
  /** @type {(sentence: string) => void} */
  let reportBroken = () => {};
  const broken = new Promise((/** @type {(sentence: string) => void} */ report) => {
    reportBroken = report;
  });
  const app = webApp({
    port: webAppPort,
    issuer: stack.issuer,
    api: stack.api,
    databaseUrl: process.env.DATABASE_URL ?? `sqlite:${join(FOLDER, "web-app.sqlite")}?mode=rwc`,
    key: process.env.PORTCULLIS_WEB_APP_KEY ?? databaseKey(),
    output: "inherit",
    reportBroken,
  });
  await app.start();
  say(`Open ${app.origin} and log in as alice, password alice-password. Ctrl-C stops it.`);
  const sentence = await Promise.race([stack.broken, broken]);
  await Promise.all([app.stop(), stack.stop()]);
  throw new Failure(sentence);
}

stopEverythingOnSignal(0);
await command(main);

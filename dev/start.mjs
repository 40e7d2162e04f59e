import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { target } from "./paths.mjs";
import { parsePort, requireFreePorts } from "./ports.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure, say, step } from "./step.mjs";

const HELP = `Builds and serves the demo: npm start -- [options]

  --port=<port>       the page                  PORTCULLIS_DEMO_PORT  4180
  --as-port=<port>    the authorization server  PORTCULLIS_AS_PORT    4181
  --api-port=<port>   the protected API         PORTCULLIS_API_PORT   4182
`;

const SERVERS = /** @type {const} */ ([
  { option: "port", variable: "PORTCULLIS_DEMO_PORT", usual: "4180", purpose: "demo page" },
  {
    option: "as-port",
    variable: "PORTCULLIS_AS_PORT",
    usual: "4181",
    purpose: "authorization server",
  },
  { option: "api-port", variable: "PORTCULLIS_API_PORT", usual: "4182", purpose: "protected API" },
]);

/** @returns {{ help: boolean, servers: { port: number, purpose: string, variable: string }[] }} */
function readOptions() {
  const { values } = parseOptions();
  const servers = SERVERS.map(({ option, variable, usual, purpose }) => {
    const given = values[option];
    const port =
      given === undefined
        ? parsePort(process.env[variable] ?? usual, variable)
        : parsePort(given, `--${option}`);
    return { port, purpose, variable };
  });
  return { help: values.help === true, servers };
}

function parseOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string" },
        "as-port": { type: "string" },
        "api-port": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}\n\n${HELP}`);
  }
}

async function main() {
  const { help, servers } = readOptions();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  await requireFreePorts(servers);
  const { wasm } = await setUpOrFail();
  await build(wasm);
  await step("protected API", async (doing) => {
    doing("compiling");
    await runOrFail("cargo", ["build", "--package", "resource-server"]);
    return "built";
  });

  const [demo, authorizationServer, api] = servers.map(({ port }) => port);
  const ports = { demo, authorizationServer, api };
  // Only now are the npm packages there that it imports.
  const { startStack } = await import("./stack.mjs");
  const { users } = await import("./authorization-server/users.mjs");
  say("servers … starting");
  const stack = await startStack({
    ports,
    database: join(target, "demo", "authorization-server.sqlite"),
    output: "inherit",
  });
  say("servers … ready");

  const people = users.map(({ username, password }) => `${username}, password ${password}`);
  process.stdout.write(`
  Open        ${stack.demo}
  Log in as   ${people.join("\n              ")}
  Server      ${stack.issuer}
  API         ${stack.api}
  Stop        Ctrl-C

`);
  const sentence = await stack.broken;
  await stack.stop();
  throw new Failure(sentence);
}

stopEverythingOnSignal(0);
await command(main);

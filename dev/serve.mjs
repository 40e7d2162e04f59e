import { join } from "node:path";
import { parseArgs } from "node:util";
import { target } from "./paths.mjs";
import { parsePort } from "./ports.mjs";
import { runOrFail } from "./process.mjs";
import { Failure, say, step } from "./step.mjs";

const PORTS_HELP = `
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

/** @typedef {{ port: number, purpose: string, variable: string }} WantedServer */

/**
 * Reads the ports that a command is given; where help is asked for, prints it and gives null.
 *
 * @param {string} usage its first line of help
 * @returns {{ servers: WantedServer[], names: string[] } | null} names: what is no option
 */
export function readServerOptions(usage) {
  const help = `${usage}\n${PORTS_HELP}`;
  const { values, positionals } = parseOptions(help);
  if (values.help) {
    process.stdout.write(help);
    return null;
  }
  const servers = SERVERS.map(({ option, variable, usual, purpose }) => {
    const given = values[option];
    const port =
      given === undefined
        ? parsePort(process.env[variable] ?? usual, variable)
        : parsePort(given, `--${option}`);
    return { port, purpose, variable };
  });
  return { servers, names: positionals };
}

/** @param {string} help */
function parseOptions(help) {
  try {
    return parseArgs({
      options: {
        port: { type: "string" },
        "as-port": { type: "string" },
        "api-port": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}\n\n${help}`);
  }
}

/**
 * Builds the protected API and serves a page with it and the authorization server, until a signal or the end
 * of one of them.
 *
 * @param {WantedServer[]} servers
 * @param {string} [page] the folder of a page in the demo's place
 * @returns {Promise<never>}
 */
export async function serve(servers, page) {
  await step("protected API", async (doing) => {
    doing("compiling");
    await runOrFail("cargo", ["build", "--package", "resource-server"]);
    return "built";
  });

  const [demo, authorizationServer, api] = servers.map(({ port }) => port);
  // Only now are the npm packages there that it imports.
  const { startStack } = await import("./stack.mjs");
  const { users } = await import("./authorization-server/users.mjs");
  say("servers … starting");
  const stack = await startStack({
    ports: { demo, authorizationServer, api },
    database: join(target, "demo", "authorization-server.sqlite"),
    ...(page !== undefined && { page }),
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

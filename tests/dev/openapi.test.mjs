import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePorts } from "../../dev/ports.mjs";
import { run } from "../../dev/process.mjs";
import { schemathesis } from "../../dev/schemathesis.mjs";
import { startStack } from "../../dev/stack.mjs";
import { logIn } from "./plain_browser.mjs";

const HOUR = 3600;

/** @type {string} */
let folder;
/** @type {import("../../dev/stack.mjs").Stack} */
let stack;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "openapi-"));
  stack = await startStack({
    ports: await freePorts(),
    database: join(folder, "authorization-server.sqlite"),
    accessTokenTtl: HOUR,
  });
});
after(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});

test("the API does what its OpenAPI description says, whatever is sent to it", async () => {
  const parameters = { resource: stack.api, redirect_uri: `${stack.demo}/callback` };
  const { access_token: token } = await logIn(stack, { request: parameters, token: parameters });
  const { code, output } = await run(
    schemathesis,
    [
      "run",
      `${stack.api}/openapi.json`,
      "--header",
      `Authorization: Bearer ${token}`,
      "--checks=all",
      "--max-examples=25",
      "--generation-deterministic",
      "--suppress-health-check=all",
      "--no-color",
    ],
    { cwd: folder },
  );
  assert.equal(code, 0, output);
  assert.match(output, /Tested: 6\n/);
  assert.match(output, /(\d+) generated, \1 passed/);
});

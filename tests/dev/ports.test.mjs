import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePorts, parsePort, requireFreePorts } from "../../dev/ports.mjs";

test("a taken port is one sentence that names the port and its variable", async () => {
  const { demo } = await freePorts();
  const server = createServer();
  await new Promise((listening) => server.listen(demo, "127.0.0.1", () => listening(undefined)));
  try {
    await assert.rejects(
      requireFreePorts([{ port: demo, purpose: "demo page", variable: "PORTCULLIS_DEMO_PORT" }]),
      {
        message: `Port ${demo} of the demo page is taken; set PORTCULLIS_DEMO_PORT to a free one and try again.`,
      },
    );
  } finally {
    server.close();
  }
});

test("the same port asked for twice is refused before anything starts", async () => {
  const { demo } = await freePorts();
  await assert.rejects(
    requireFreePorts([
      { port: demo, purpose: "demo page", variable: "PORTCULLIS_DEMO_PORT" },
      { port: demo, purpose: "protected API", variable: "PORTCULLIS_API_PORT" },
    ]),
    { message: /asked for twice, by PORTCULLIS_DEMO_PORT and PORTCULLIS_API_PORT/ },
  );
});

test("free ports are three different ones that pass the check", async () => {
  const ports = Object.values(await freePorts());
  assert.equal(new Set(ports).size, 3);
  await requireFreePorts(ports.map((port) => ({ port, purpose: "test", variable: `X${port}` })));
});

test("what is not a port is refused by name", () => {
  assert.equal(parsePort("4180", "PORTCULLIS_DEMO_PORT"), 4180);
  for (const text of ["", "0", "65536", "80.5", "http"]) {
    assert.throws(() => parsePort(text, "PORTCULLIS_DEMO_PORT"), /PORTCULLIS_DEMO_PORT is "/);
  }
});

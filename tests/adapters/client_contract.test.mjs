import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
} from "../e2e/blank_page.mjs";
import { journeyOfThisFile } from "../e2e/journey.mjs";
import * as contracts from "./client_contract.mjs";

/** @typedef {import("playwright-core").JSHandle<import("portcullis").Client>} ClientHandle */

const journey = journeyOfThisFile();
const contract = fileURLToPath(new URL("client_contract.mjs", import.meta.url));

/** @param {import("playwright-core").BrowserContext} context */
async function withContract(context) {
  await context.route(`${journey.stack.demo}/client_contract.mjs`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: readFileSync(contract, "utf8") }),
  );
  return context;
}

/**
 * A client for tests, in a page.
 *
 * @param {import("portcullis/testing").TestClientOptions} options
 */
async function startTestClient(options) {
  const page = await openBlankPage(journey, await withContract(await newBlankContext(journey)));
  return page.evaluateHandle(async (options) => {
    const path = "/pkg/testing.js";
    /** @type {typeof import("portcullis/testing")} */
    const { createTestClient } = await import(path);
    return createTestClient(options);
  }, options);
}

/**
 * @param {import("node:test").TestContext} t
 * @param {ClientHandle} client
 * @param {"casesOfAlice" | "casesOfNobody"} which
 */
async function keepsTheContract(t, client, which) {
  for (const { name, expected } of contracts[which]) {
    const seen = await client.evaluate(
      async (client, { which, name }) => {
        const path = "/client_contract.mjs";
        /** @type {typeof import("./client_contract.mjs")} */
        const here = await import(path);
        return here[which].find((found) => found.name === name)?.see(client);
      },
      { which, name },
    );
    await t.test(name, () => assert.deepEqual(seen, expected));
  }
}

test("the client keeps the contract when nobody is logged in", async (t) => {
  const page = await openBlankPage(journey, await withContract(await newBlankContext(journey)));
  const tab = await startClient(page, configFor(journey));
  await keepsTheContract(t, await tab.evaluateHandle(({ client }) => client), "casesOfNobody");
});

test("the client for tests keeps it", async (t) => {
  await keepsTheContract(t, await startTestClient({}), "casesOfNobody");
});

test("the client keeps the contract when alice is logged in", async (t) => {
  const { tab } = await logIn(journey, {
    context: await withContract(await newBlankContext(journey)),
  });
  await keepsTheContract(t, await tab.evaluateHandle(({ client }) => client), "casesOfAlice");
});

test("the client for tests keeps that, too", async (t) => {
  const client = await startTestClient({ user: { sub: "alice", name: "Alice Archer" } });
  await keepsTheContract(t, client, "casesOfAlice");
});

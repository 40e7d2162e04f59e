import assert from "node:assert/strict";
import { test } from "node:test";
import { STACK_BYTES } from "../../dev/build.mjs";
import { startClient } from "../e2e/blank_page.mjs";
import { having, relyingPartyOfThisFile } from "./relying_party.mjs";

/** @typedef {import("playwright-core").Page} Page */

const relyingParty = relyingPartyOfThisFile();

/** How deep JSON may be nested that the server sends, or that is made of an option. */
const DEEPEST_ANSWER = 127;
const DEEPEST_OPTION = 64;

/**
 * @param {number} depth
 * @returns {unknown} arrays and objects in each other
 */
function nested(depth) {
  let value = /** @type {unknown} */ ("x");
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}

/** Runs in a page before anything else, so that the memory of its wasm can be looked at. */
function keepWasmMemory() {
  const page = /** @type {{ wasmMemory?: WebAssembly.Memory }} */ (globalThis);
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await instantiate(...args);
    const exports = Object.values(made.instance.exports);
    // The rest of the wasm has none of its own.
    page.wasmMemory ??= exports.find((it) => it instanceof WebAssembly.Memory);
    return made;
  };
}

/**
 * How much of the stack a page has never used. It lies at the beginning of the memory and grows towards
 * it, so that who needs more of it is stopped.
 *
 * @param {Page} page
 */
function unusedStack(page) {
  return page.evaluate(() => {
    const { wasmMemory } = /** @type {{ wasmMemory: WebAssembly.Memory }} */ (
      /** @type {unknown} */ (globalThis)
    );
    return new Uint8Array(wasmMemory.buffer).findIndex((byte) => byte !== 0);
  });
}

test("what is nested as deep as anybody may send it leaves half of the stack unused", async () => {
  const { server } = relyingParty;
  const inAnswer = having({ extra: nested(DEEPEST_ANSWER - 1) });
  // The record of a session and what tabs tell each other hold the claims in an object of their own.
  const inClaims = having({ extra: nested(DEEPEST_ANSWER - 2) });
  server.lies = {
    metadata: inAnswer,
    jwks: (keys) => [...keys, nested(DEEPEST_ANSWER - 3)],
    claims: inClaims,
    tokenResponse: inAnswer,
    userinfo: (claims) => inAnswer(claims),
  };
  const page = await relyingParty.openPage();
  await page.addInitScript(keepWasmMemory);
  await page.reload();
  const options = {
    claims: /** @type {import("portcullis").ClaimsRequest} */ ({
      id_token: { extra: nested(DEEPEST_OPTION - 4) },
    }),
    appState: nested(DEEPEST_OPTION),
  };
  const answered = await relyingParty.logIn(undefined, { page, options });
  await relyingParty.assertAccepted(answered);
  const unused = [await unusedStack(page)];
  await page.reload();
  const restored = await startClient(page, relyingParty.config());
  const told = await restored.evaluate(async ({ client }) => {
    await client.refresh();
    const { state } = client;
    const claims = state.status === "authenticated" ? state.user.claims : undefined;
    const { extra } = await client.getUserInfo();
    // As text, as the browser's protocol carries nothing that deep.
    return [JSON.stringify(extra), JSON.stringify(claims?.extra)];
  });
  const sent = [nested(DEEPEST_ANSWER - 1), nested(DEEPEST_ANSWER - 2)];
  assert.deepEqual(
    told,
    sent.map((value) => JSON.stringify(value)),
  );
  unused.push(await unusedStack(page));
  const used = STACK_BYTES - Math.min(...unused);
  assert.ok(used > 0, "the stack is where it is looked for");
  assert.ok(used < STACK_BYTES / 2, `${used} bytes of the stack were used`);
});

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packageFolder, root } from "../../dev/paths.mjs";
import { until } from "../until.mjs";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { holdBack } from "./held_back.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { refusalOf, whyItDoesNotRun } from "./refusal.mjs";

/** @typedef {import("playwright-core").Route} Route */

const journey = journeyOfThisFile();

const wasm = readFileSync(join(packageFolder, "portcullis_bg.wasm"));

/**
 * A blank page whose wasm is answered like this.
 *
 * @param {(route: Route) => Promise<void>} answer
 */
async function pageWhoseWasmIs(answer) {
  const context = await newBlankContext(journey);
  await context.route("**/portcullis_bg.wasm", answer);
  return openBlankPage(journey, context);
}

/**
 * @param {import("./blank_page.mjs").Failure | null} refusal
 * @param {RegExp} reason
 */
function assertUnavailable(refusal, reason) {
  assert.equal(refusal?.code, "wasm_unavailable");
  assert.match(refusal.message, reason);
  const [page] = /portcullis\/docs\/\S+$/.exec(refusal.message) ?? [];
  assert.ok(page && existsSync(join(packageFolder, page.replace("portcullis/", ""))), page);
}

describe("where nobody is logged in, whatever needs the wasm says why it can't be loaded", () => {
  test("when there is no such file", async () => {
    const page = await pageWhoseWasmIs((route) => route.fulfill({ status: 404 }));
    const refusal = await whyItDoesNotRun(page, configFor(journey));
    assertUnavailable(refusal, /\/pkg\/portcullis_bg\.wasm answered 404/);
    assert.equal(refusal?.status, 404);
    assert.equal(refusal?.retryable, false);
  });

  test("when the host answers with a page instead", async () => {
    const page = await pageWhoseWasmIs((route) =>
      route.fulfill({ contentType: "text/html; charset=utf-8", body: "<!doctype html>" }),
    );
    const refusal = await whyItDoesNotRun(page, configFor(journey));
    assertUnavailable(refusal, /\/pkg\/portcullis_bg\.wasm is an HTML page/);
  });

  test("when it is something else", async () => {
    const page = await pageWhoseWasmIs((route) =>
      route.fulfill({ contentType: "application/wasm", body: "not that" }),
    );
    assertUnavailable(await whyItDoesNotRun(page, configFor(journey)), /CompileError/);
  });

  test("when the host is down, and loads it once it is up again", async () => {
    let down = true;
    const page = await pageWhoseWasmIs((route) => (down ? route.abort() : route.continue()));
    const refusal = await whyItDoesNotRun(page, configFor(journey));
    assertUnavailable(refusal, /portcullis_bg\.wasm can't be fetched/);
    assert.equal(refusal?.retryable, true);
    down = false;
    assert.equal(await whyItDoesNotRun(page, configFor(journey)), null);
  });

  test("when the host fails, which may pass", async () => {
    const page = await pageWhoseWasmIs((route) => route.fulfill({ status: 503 }));
    const refusal = await whyItDoesNotRun(page, configFor(journey));
    assertUnavailable(refusal, /answered 503/);
    assert.equal(refusal?.retryable, true);
  });
});

test("createClient says that the policy of the page forbids WebAssembly", async () => {
  const context = await newBlankContext(journey);
  await context.route(`${journey.stack.demo}/blank`, async (route) => {
    const response = await route.fetch();
    const policy = response.headers()["content-security-policy"];
    await route.fulfill({
      response,
      headers: {
        ...response.headers(),
        "content-security-policy": policy.replace("'wasm-unsafe-eval'", ""),
      },
    });
  });
  const page = await openBlankPage(journey, context);
  assertUnavailable(
    await refusalOf(page, configFor(journey)),
    /Content-Security-Policy has no 'wasm-unsafe-eval' in script-src/,
  );
});

test("where somebody is logged in, createClient says why the wasm can't be loaded, and the session stays", async () => {
  const context = await newBlankContext(journey);
  await logIn(journey, { context });
  const page = await openBlankPage(journey, context);
  await page.route("**/portcullis_bg.wasm", (route) => route.fulfill({ status: 404 }));
  assertUnavailable(await refusalOf(page, configFor(journey)), /answered 404/);
  await page.unroute("**/portcullis_bg.wasm");
  assert.equal(
    (await stateOf(await startClient(page, configFor(journey)))).status,
    "authenticated",
  );
});

test("the database is opened while the wasm is still on its way", async () => {
  const context = await newBlankContext(journey);
  const release = await holdBack(context, "**/portcullis_bg.wasm");
  const page = await openBlankPage(journey, context);
  const refusal = refusalOf(page, configFor(journey));
  await until("there is a database", () =>
    page.evaluate(async () => (await indexedDB.databases()).length === 1),
  );
  release();
  assert.equal(await refusal, null);
});

/** A browser in which no wasm can be compiled while it streams. */
async function contextWithoutStreaming() {
  const context = await newBlankContext(journey);
  await context.addInitScript(() => {
    WebAssembly.instantiateStreaming = () => Promise.reject(new Error("streamed"));
  });
  return context;
}

/**
 * A page that preloads the wasm as documented, and has it.
 *
 * @param {import("playwright-core").BrowserContext} context
 */
async function pageThatPreloads(context) {
  const documented = readFileSync(join(root, "docs", "bundlers.md"), "utf8");
  const [preload] = /<link rel="preload"[^>]*>/.exec(documented) ?? [];
  assert.ok(preload);
  await context.route(`${journey.stack.demo}/blank`, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace("</head>", `${preload}</head>`);
    await route.fulfill({ response, body });
  });
  const page = await openBlankPage(journey, context);
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => name.endsWith(".wasm")),
  );
  return page;
}

test("a page that preloads the wasm fetches it once", async () => {
  const context = await newBlankContext(journey);
  let fetches = 0;
  await context.route("**/portcullis_bg.wasm", (route) => {
    fetches += 1;
    return route.continue();
  });
  assert.equal(await whyItDoesNotRun(await pageThatPreloads(context), configFor(journey)), null);
  assert.equal(fetches, 1);
});

test("in Firefox a wasm that was preloaded is not compiled while it streams, elsewhere it is", async () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const elsewhere = await pageThatPreloads(await contextWithoutStreaming());
  assertUnavailable(await whyItDoesNotRun(elsewhere, configFor(journey)), /streamed/);
  const context = await contextWithoutStreaming();
  await context.addInitScript((userAgent) => {
    Object.defineProperty(navigator, "userAgent", { value: userAgent });
  }, firefox);
  assert.equal(await whyItDoesNotRun(await pageThatPreloads(context), configFor(journey)), null);
});

test("a wasm that was not preloaded is compiled while it streams", async () => {
  const page = await openBlankPage(journey, await contextWithoutStreaming());
  assertUnavailable(await whyItDoesNotRun(page, configFor(journey)), /streamed/);
});

test("a wasm of another media type is loaded all the same", async () => {
  const page = await pageWhoseWasmIs((route) =>
    route.fulfill({ contentType: "application/octet-stream", body: wasm }),
  );
  assert.equal(await whyItDoesNotRun(page, configFor(journey)), null);
});

test("a wasm option that gives none is refused with its reason, and a right one works after it", async () => {
  const page = await openBlankPage(journey);
  for (const [wasm, code] of /** @type {const} */ ([
    ["/pkg/nowhere.wasm", "wasm_unavailable"],
    ["/pkg/index.js", "wasm_unavailable"],
    ["http://[", "wasm_unavailable"],
    [7, "invalid_config"],
    [null, "invalid_config"],
    [{}, "invalid_config"],
  ])) {
    const refusal = await refusalOf(page, { ...configFor(journey), wasm });
    assert.equal(refusal?.code, code, String(wasm));
    assert.match(refusal.message, /\bwasm\b/);
  }
  const right = `${journey.stack.demo}/pkg/portcullis_bg.wasm`;
  assert.equal(await refusalOf(page, configFor(journey, { wasm: right })), null);
});

test("what a signed URL of the wasm proves itself by is in no message", async () => {
  const page = await openBlankPage(journey);
  const refusal = await refusalOf(page, configFor(journey, { wasm: "/pkg/no.wasm?sig=hush" }));
  assertUnavailable(refusal, /\/pkg\/no\.wasm /);
  assert.doesNotMatch(refusal?.message ?? "", /hush/);
});

test("bytes and a compiled module are taken in the place of the file", async () => {
  for (const form of /** @type {const} */ (["bytes", "module"])) {
    const context = await newBlankContext(journey);
    await context.route("**/portcullis_bg.wasm", (route) => route.abort());
    const page = await openBlankPage(journey, context);
    const started = await page.evaluate(
      async ({ config, form, base64 }) => {
        const path = "/pkg/index.js";
        const { createClient } = /** @type {typeof import("portcullis")} */ (await import(path));
        const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
        const wasm = form === "bytes" ? bytes : await WebAssembly.compile(bytes);
        return (await createClient({ ...config, wasm })).state.status;
      },
      { config: configFor(journey), form, base64: wasm.toString("base64") },
    );
    assert.equal(started, "anonymous", form);
  }
});

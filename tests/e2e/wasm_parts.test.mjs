import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packageFolder } from "../../dev/paths.mjs";
import { until } from "../until.mjs";
import {
  comeBackFromLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilEvent,
} from "./blank_page.mjs";
import { holdBack } from "./held_back.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { beginPopupLogin, outcomeOf } from "./popup_login.mjs";
import { refusalOf } from "./refusal.mjs";

/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

const REST = "**/portcullis_rest.wasm";

/** A browser in which somebody has logged in, and a page of it without a client. */
async function pageOfASession() {
  const context = await newBlankContext(journey);
  const { page } = await logIn(journey, { context });
  return { context, page };
}

/** @param {import("./blank_page.mjs").Failure | null | undefined} failure */
function assertFailedHost(failure) {
  assert.equal(failure?.name, "AuthError");
  assert.equal(failure.code, "wasm_unavailable");
  assert.equal(failure.status, 503);
  assert.equal(failure.retryable, true);
  assert.match(failure.message, /\/pkg\/portcullis_rest\.wasm answered 503/);
}

/** @param {Page} page */
async function reload(page) {
  await page.goto(`${journey.stack.demo}/blank`);
  return startClient(page, configFor(journey));
}

describe("before the rest of the wasm is there", () => {
  test("a page knows that nobody is logged in, and a login waits for it", async () => {
    const context = await newBlankContext(journey);
    const release = await holdBack(context, REST);
    const page = await openBlankPage(journey, context);
    const asked = page.waitForRequest(REST);
    const tab = await startClient(page, configFor(journey));
    assert.equal((await stateOf(tab)).status, "anonymous");
    await tab.evaluate(({ client }) => void client.loginWithRedirect());
    await asked;
    assert.equal(page.url(), `${journey.stack.demo}/blank`);
    release();
    await page.waitForURL((url) => url.href.startsWith(journey.stack.issuer));
  });

  test("a page knows who is logged in, and a token waits for it", async () => {
    const { context, page } = await pageOfASession();
    const release = await holdBack(context, REST);
    const tab = await reload(page);
    assert.equal((await stateOf(tab)).status, "authenticated");
    const token = tab.evaluate(async ({ client }) => {
      let isThere = false;
      const token = client.getAccessToken().then(() => (isThere = true));
      await client.getAccessToken({ signal: AbortSignal.abort() }).catch(() => {});
      const wasThere = isThere;
      setTimeout(() => document.body.append("asked"));
      await token;
      return wasThere;
    });
    await page.waitForSelector("text=asked");
    release();
    assert.equal(await token, false);
  });
});

test("a page that was opened with the answer to a login fetches both parts at once", async () => {
  const context = await newBlankContext(journey);
  const page = await openBlankPage(journey, context);
  await comeBackFromLogin(journey, page);
  const release = await holdBack(context, "**/portcullis_bg.wasm");
  const rest = page.waitForRequest(REST);
  const started = startClient(page, configFor(journey));
  await rest;
  release();
  assert.equal((await stateOf(await started)).status, "authenticated");
});

describe("where the rest of the wasm can't be loaded", () => {
  test("a session stays, calls say why, and later they succeed", async () => {
    const { context, page } = await pageOfASession();
    await context.route(REST, (route) => route.fulfill({ status: 503 }));
    const tab = await reload(page);
    await untilEvent(page, tab, "refreshFailed");
    const failures = await tab.evaluate(async ({ client, events, failureOf }) => [
      await failureOf(
        Promise.reject(events.find(({ event }) => event === "refreshFailed")?.detail.error),
      ),
      await failureOf(client.getAccessToken()),
      await failureOf(client.getUserInfo()),
    ]);
    for (const failure of failures) assertFailedHost(failure);
    assert.equal((await stateOf(tab)).status, "authenticated");
    await context.unroute(REST);
    const sub = await tab.evaluate(async ({ client }) => {
      await client.getAccessToken();
      return (await client.getUserInfo()).sub;
    });
    assert.equal(sub, "alice");
  });

  test("a login in a popup says why, and the popup closes", async () => {
    const context = await newBlankContext(journey);
    await context.route(REST, (route) => route.fulfill({ status: 503 }));
    const page = await openBlankPage(journey, context);
    const tab = await startClient(page, configFor(journey));
    const { popup, login } = await beginPopupLogin(page, tab);
    assertFailedHost((await outcomeOf(login)).failure);
    await until("the popup is closed", async () => popup.isClosed());
  });

  test("a front-channel logout says why, on a page of a client that began without it", async () => {
    const { context, page } = await pageOfASession();
    await context.route(REST, (route) => route.fulfill({ status: 503 }));
    const tab = await reload(page);
    const failure = await tab.evaluate(
      async ({ failureOf }, { path, config }) => {
        const { handleFrontchannelLogout } = /** @type {typeof import("portcullis")} */ (
          await import(path)
        );
        return failureOf(handleFrontchannelLogout(config));
      },
      { path: "/pkg/index.js", config: configFor(journey) },
    );
    assertFailedHost(failure);
  });

  test("the answer to a login stays in the address bar, for another try", async () => {
    const context = await newBlankContext(journey);
    const page = await openBlankPage(journey, context);
    await comeBackFromLogin(journey, page);
    await context.route(REST, (route) => route.fulfill({ status: 503 }));
    const refusal = await refusalOf(page, configFor(journey));
    assert.equal(refusal?.code, "wasm_unavailable");
    assert.equal(refusal.status, 503);
    assert.match(page.url(), /[?&]code=/);
    await context.unroute(REST);
    const tab = await startClient(page, configFor(journey));
    assert.equal((await stateOf(tab)).status, "authenticated");
  });
});

test("files of two builds do not fit together", async () => {
  const ours = readFileSync(join(packageFolder, "portcullis_rest.wasm"));
  const at = ours.indexOf("first ") + "first ".length;
  const other = Buffer.from(ours);
  other.write(other.toString("latin1", at, at + 1) === "0" ? "1" : "0", at);
  const { context, page } = await pageOfASession();
  await context.route(REST, (route) =>
    route.fulfill({ contentType: "application/wasm", body: other }),
  );
  const tab = await reload(page);
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.getUserInfo()));
  assert.equal(failure?.code, "wasm_unavailable");
  assert.match(failure.message, /(LinkError|TypeError).*import/i);
  assert.equal((await stateOf(tab)).status, "authenticated");
});

describe("where a host has moved the files", () => {
  const MOVED = "**/static/*.wasm";

  /**
   * @param {string} name what the rest is called there
   * @returns {Promise<import("./blank_page.mjs").Failure | null>} of a call that needs it
   */
  async function callWithFilesMoved(name) {
    const { context, page } = await pageOfASession();
    await context.route("**/pkg/portcullis_bg.wasm", (route) => route.abort());
    await context.route(MOVED, (route) => {
      const file = new URL(route.request().url()).pathname.replace("/static/", "");
      if (file !== name && file !== "portcullis_bg.wasm") return route.fulfill({ status: 404 });
      const body = readFileSync(join(packageFolder, file));
      return route.fulfill({ contentType: "application/wasm", body });
    });
    await page.goto(`${journey.stack.demo}/blank`);
    const config = configFor(journey, { wasm: "/static/portcullis_bg.wasm" });
    const tab = await startClient(page, config);
    return tab.evaluate(({ client, failureOf }) => failureOf(client.getUserInfo()));
  }

  test("the rest is found beside the first", async () => {
    assert.equal(await callWithFilesMoved("portcullis_rest.wasm"), null);
  });

  test("the rest is found beside the module where it has another name there", async () => {
    assert.equal(await callWithFilesMoved("rest-4f2a.wasm"), null);
  });
});

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { root } from "../../dev/paths.mjs";
import {
  configFor,
  logIn,
  openBlankPage,
  startClient,
  stateOf,
  untilEvent,
} from "./blank_page.mjs";
import { complaintsOf } from "./complaints.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { beginPopupLogin, newAppContext, outcomeOf } from "./popup_login.mjs";
import { refusalOf, whyItDoesNotRun } from "./refusal.mjs";
import { signIn } from "./sign_in.mjs";

/** @typedef {import("portcullis").ClientConfig} ClientConfig */

const folder = mkdtempSync(join(tmpdir(), "portcullis-csp-"));
writeFileSync(
  join(folder, "index.html"),
  '<!doctype html><html lang="en"><title>App</title><script type="module" src="/main.js"></script></html>',
);
writeFileSync(join(folder, "main.js"), "");
after(() => rmSync(folder, { recursive: true, force: true }));

/** @type {Record<string, string>} the page's, for the test that runs */
let headers = {};
const journey = journeyOfThisFile({ page: folder, headers: () => headers });

const page = readFileSync(join(root, "docs", "csp.md"), "utf8");

/**
 * @param {string} heading
 * @returns {string} the policy that docs/csp.md gives there, for the servers of this journey
 */
function policyOf(heading) {
  const section = page.split(`## ${heading}\n`)[1] ?? "";
  const [, policy] = /```http\nContent-Security-Policy:([^`]+)```/.exec(section) ?? [];
  assert.ok(policy, `docs/csp.md has no policy for ${heading}`);
  return policy
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll("https://login.example.com", journey.stack.issuer)
    .replaceAll("https://api.example.com", new URL(journey.stack.api).origin);
}

/** @param {string} policy */
function usePolicy(policy, more = {}) {
  headers = { "Content-Security-Policy": policy, ...more };
}

/** @param {string} embedder what is asked of what the page embeds */
function isolating(embedder) {
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": embedder,
    "Cross-Origin-Resource-Policy": "same-origin",
  };
}

/**
 * Logs in, calls the API, refreshes, logs in silently where that is on, and logs out.
 *
 * @param {Partial<ClientConfig>} [changes]
 */
async function liveThroughSession(changes) {
  const config = configFor(journey, changes);
  const context = await journey.newContext();
  const complaints = await complaintsOf(context, journey.stack.demo);
  const { page, tab } = await logIn(journey, { context, config });
  assert.equal((await stateOf(tab)).status, "authenticated");
  const { api } = journey.stack;
  const answer = await tab.evaluate(
    async ({ client }, url) => (await client.fetch(url)).status,
    `${api}/me`,
  );
  assert.equal(answer, 200);
  await tab.evaluate(({ client }) => client.refresh());
  if (config.silentLogin !== "off") {
    assert.equal(
      await tab.evaluate(async ({ client }) => (await client.loginSilently())?.sub),
      "alice",
    );
  }
  const isolated = await page.evaluate(() => crossOriginIsolated);
  const back = page.waitForURL(({ searchParams }) => searchParams.has("state"));
  await tab.evaluate(({ client }) => void client.logout());
  await back;
  assert.equal((await stateOf(await startClient(page, config))).status, "anonymous");
  assert.deepEqual(complaints, []);
  return { isolated };
}

describe("the whole life of a session goes by without a violation", () => {
  test("under the policy for apps without silent logins", async () => {
    usePolicy(policyOf("Without silent logins"));
    await liveThroughSession({ silentLogin: "off" });
  });

  test("under the policy for apps with silent logins", async () => {
    usePolicy(policyOf("With silent logins"));
    await liveThroughSession();
  });

  for (const embedder of ["require-corp", "credentialless"]) {
    test(`in a page that is isolated from other origins by ${embedder}`, async () => {
      usePolicy(policyOf("Without silent logins"), isolating(embedder));
      assert.ok((await liveThroughSession({ silentLogin: "off" })).isolated);
    });
  }
});

test("a login in a popup needs no more, in a page that is isolated from other origins either", async () => {
  usePolicy(policyOf("Without silent logins"), isolating("require-corp"));
  const config = configFor(journey, { silentLogin: "off" });
  const context = await newAppContext(journey, config);
  const complaints = await complaintsOf(context, journey.stack.demo);
  const page = await openBlankPage(journey, context);
  const tab = await startClient(page, config);
  const { popup, login } = await beginPopupLogin(page, tab);
  await signIn(popup);
  assert.deepEqual(await outcomeOf(login), { user: "alice" });
  assert.deepEqual(complaints, []);
});

describe("a silent login in a page that is isolated from other origins", () => {
  for (const { leave, subject } of [
    { leave: "cross-origin", subject: "alice" },
    { leave: undefined, subject: "timeout" },
  ]) {
    test(`gives ${subject} where the server's resource policy is ${leave ?? "not there"}`, async () => {
      usePolicy(policyOf("With silent logins"), isolating("require-corp"));
      const context = await journey.newContext();
      await context.route(`${journey.stack.issuer}/authorize?*`, async (route) => {
        const response = await route.fetch({ maxRedirects: 0 });
        const more = leave && { "cross-origin-resource-policy": leave };
        await route.fulfill({ response, headers: { ...response.headers(), ...more } });
      });
      const config = configFor(journey, { requestTimeout: 2 });
      const { tab } = await logIn(journey, { context, config });
      const outcome = await tab.evaluate(({ client }) =>
        client.loginSilently().then(
          (user) => user?.sub,
          ({ code }) => code,
        ),
      );
      assert.equal(outcome, subject);
    });
  }
});

describe("the policy has nothing to spare:", () => {
  /**
   * Uses the policy for silent logins without one of its sources.
   *
   * @param {string} directive
   * @param {string} source
   */
  function leaveOut(directive, source) {
    const policy = policyOf("With silent logins");
    const rest = policy.replace(new RegExp(`${directive}[^;]+`), (sources) => {
      assert.ok(sources.includes(source), `${sources} has no ${source}`);
      const left = sources.replace(source, "").trim();
      return left === directive ? `${directive} 'none'` : left;
    });
    usePolicy(rest);
  }

  test("Trusted Types are enforced: no markup is made of a text", async () => {
    usePolicy(policyOf("With silent logins"));
    const page = await openBlankPage(journey);
    const write = page.evaluate(() => void (document.body.innerHTML = "<b>text</b>"));
    await assert.rejects(write, /TrustedHTML/);
  });

  test("without the page's origin in script-src no script of it runs", async () => {
    leaveOut("script-src", "'self'");
    await assert.rejects(refusalOf(await openBlankPage(journey), configFor(journey)), /import/);
  });

  test("without 'wasm-unsafe-eval' in script-src there is no wasm, and the error names it", async () => {
    leaveOut("script-src", "'wasm-unsafe-eval'");
    const refusal = await refusalOf(await openBlankPage(journey), configFor(journey));
    assert.equal(refusal?.code, "wasm_unavailable");
    assert.match(refusal.message, /'wasm-unsafe-eval'/);
  });

  test("without the page's origin in connect-src the wasm can't be fetched", async () => {
    leaveOut("connect-src", "'self'");
    const failure = await whyItDoesNotRun(await openBlankPage(journey), configFor(journey));
    assert.equal(failure?.code, "wasm_unavailable");
    assert.match(failure.message, /can't be fetched/);
  });

  test("without the server in connect-src nobody logs in", async () => {
    leaveOut("connect-src", journey.stack.issuer);
    const tab = await startClient(await openBlankPage(journey), configFor(journey));
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.loginWithRedirect()),
    );
    assert.equal(failure?.code, "network");
  });

  test("without the API in connect-src it can't be called", async () => {
    leaveOut("connect-src", new URL(journey.stack.api).origin);
    const { tab } = await logIn(journey, { context: await journey.newContext() });
    const failure = await tab.evaluate(
      ({ client, failureOf }, url) => failureOf(client.fetch(url)),
      `${journey.stack.api}/me`,
    );
    assert.equal(failure?.code, "network");
  });

  for (const { what, directive, source } of [
    { what: "the server in frame-src", directive: "frame-src", source: "server" },
    { what: "the page's origin in frame-src", directive: "frame-src", source: "'self'" },
    {
      what: "the page's origin in frame-ancestors",
      directive: "frame-ancestors",
      source: "'self'",
    },
  ]) {
    test(`without ${what} a silent login ends with timeout`, async () => {
      leaveOut(directive, source === "server" ? journey.stack.issuer : source);
      const config = configFor(journey, { requestTimeout: 2 });
      const { tab } = await logIn(journey, { context: await journey.newContext(), config });
      const failure = await tab.evaluate(({ client, failureOf }) =>
        failureOf(client.loginSilently()),
      );
      assert.equal(failure?.code, "timeout");
    });
  }
});

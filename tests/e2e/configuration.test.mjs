import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { configFor, logIn, openBlankPage, startClient, stateOf } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { refusalOf } from "./refusal.mjs";

/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

/** Each option with values that can't be right. */
const WRONG = {
  issuer: ["", 7, null, "not a URL", "/relative", "https://as.example?x=1", "https://as.example#x"],
  clientId: ["", 7, null, {}],
  redirectUri: ["http://", 7, "/callback#fragment"],
  postLogoutRedirectUri: ["http://", false, "/#fragment"],
  scope: ["", "profile", 7, ["openid"]],
  resource: [7, [7], {}],
  apis: ["not a URL", ["http://api.example/"], [7], {}],
  refreshTokens: ["localStorage", true],
  restore: ["never", 1],
  responseMode: ["form_post", "web_message", 1],
  handleCallback: ["always", true],
  clockTolerance: [-1, 601, "30", NaN],
  refreshAhead: [-1, Infinity, "30"],
  requestTimeout: [0, -1, 601, "10"],
  signingAlgorithms: [[], ["none"], ["HS256"], ["RS256", "RS1"], 7],
  maxAge: [-1, NaN, "60"],
  acrValues: [7, ["x"]],
  uiLocales: [7, ["en"]],
  extraParams: ["a=b", { a: 7 }, { state: "mine" }, { code_challenge: "mine" }, { client_id: "x" }],
  metadata: ["x", 7],
  jwks: ["x", 7, {}, { keys: 7 }],
  logger: ["console", {}],
};

describe("createClient refuses a wrong value and names its option:", () => {
  /** @type {Page} */
  let page;
  before(async () => {
    page = await openBlankPage(journey);
  });
  after(() => page.context().close());
  for (const [option, values] of Object.entries(WRONG)) {
    test(option, async () => {
      for (const value of values) {
        const refusal = await refusalOf(page, { ...configFor(journey), [option]: value });
        const shown = `${option}: ${JSON.stringify(value)} gave ${JSON.stringify(refusal)}`;
        assert.ok(refusal && ["invalid_config", "insecure_url"].includes(refusal.code), shown);
        assert.ok(refusal.message.includes(option), shown);
        assert.equal(refusal.retryable, false, shown);
      }
    });
  }
});

test("createClient refuses what is no configuration at all", async () => {
  const page = await openBlankPage(journey);
  for (const config of [undefined, null, {}, [], "https://as.example", 7]) {
    assert.equal((await refusalOf(page, config))?.code, "invalid_config", String(config));
  }
});

test("an option that does not exist is refused by name, so that a typing error is found", async () => {
  const page = await openBlankPage(journey);
  const refusal = await refusalOf(page, { ...configFor(journey), redirectURI: "/callback" });
  assert.equal(refusal?.code, "invalid_config");
  assert.match(refusal?.message ?? "", /redirectURI/);
});

test("a client secret is refused with the reason", async () => {
  const page = await openBlankPage(journey);
  const refusal = await refusalOf(page, { ...configFor(journey), clientSecret: "hush-hush" });
  assert.equal(refusal?.code, "invalid_config");
  assert.match(refusal?.message ?? "", /clientSecret: a browser can't keep a secret/);
  assert.doesNotMatch(refusal?.message ?? "", /hush/);
});

test("an issuer without https is refused, unless it is this machine", async () => {
  const page = await openBlankPage(journey);
  for (const issuer of [
    "http://as.example",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "http://127.0.0.2:4181",
    "ftp://localhost",
  ]) {
    assert.equal(
      (await refusalOf(page, configFor(journey, { issuer })))?.code,
      "insecure_url",
      issuer,
    );
  }
  assert.equal(await refusalOf(page, configFor(journey)), null);
});

test("metadata of another issuer is refused", async () => {
  const page = await openBlankPage(journey);
  const discovery = await fetch(`${journey.stack.issuer}/.well-known/openid-configuration`);
  const metadata = { ...(await discovery.json()), issuer: "https://evil.example" };
  assert.equal((await refusalOf(page, configFor(journey, { metadata })))?.code, "issuer_mismatch");
});

test("with metadata and keys in the configuration neither is asked for", async () => {
  const { issuer } = journey.stack;
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const jwks = await (await fetch(`${issuer}/jwks`)).json();
  await journey.forgetRequests();
  const { tab } = await logIn(journey, { config: configFor(journey, { metadata, jwks }) });
  assert.equal((await stateOf(tab)).status, "authenticated");
  assert.deepEqual(await journey.requestsTo("discovery"), []);
  assert.deepEqual(await journey.requestsTo("jwks"), []);
});

test("an equal configuration gives the same client, in whatever order it is written", async () => {
  const page = await openBlankPage(journey);
  const config = configFor(journey);
  const same = await page.evaluate(
    async ({ path, config }) => {
      const { createClient } = /** @type {typeof import("portcullis")} */ (await import(path));
      const turned = /** @type {typeof config} */ (
        Object.fromEntries(Object.entries(config).reverse())
      );
      const [first, second] = await Promise.all([createClient(config), createClient(turned)]);
      const other = await createClient({ ...config, scope: "openid" });
      first.close();
      const stillOpen = await createClient(config);
      first.close();
      first.close();
      const reopened = await createClient(config);
      return [first === second, first === other, first === stillOpen, first === reopened];
    },
    { path: "/pkg/index.js", config },
  );
  assert.deepEqual(same, [true, false, true, false]);
});

describe("loginWithRedirect", () => {
  /** @type {Page} */
  let page;
  /** @type {import("./blank_page.mjs").TabHandle} */
  let tab;
  before(async () => {
    page = await openBlankPage(journey);
    tab = await startClient(page, configFor(journey));
  });
  after(() => page.context().close());
  /** @type {[string, Record<string, unknown>, string][]} */
  const wrong = [
    ["a returnTo of another origin", { returnTo: "https://evil.example/" }, "returnTo"],
    ["a returnTo that looks like a path", { returnTo: "//evil.example/" }, "returnTo"],
    ["a returnTo with backslashes", { returnTo: "\\\\evil.example\\" }, "returnTo"],
    ["a returnTo that is a script", { returnTo: "javascript:alert(1)" }, "returnTo"],
    ["a returnTo that is no text", { returnTo: 7 }, "returnTo"],
    ["a scope without openid", { scope: "profile" }, "scope"],
    ["a negative maxAge", { maxAge: -1 }, "maxAge"],
    ["a parameter that is the client's own", { extraParams: { state: "x" } }, "state"],
    ["a redirect URI in extraParams", { extraParams: { redirect_uri: "x" } }, "redirect_uri"],
    ["an option that does not exist", { return_to: "/" }, "return_to"],
  ];
  for (const [what, options, name] of wrong) {
    test(`refuses ${what}`, async () => {
      const failure = await tab.evaluate(
        ({ client, failureOf }, options) => failureOf(client.loginWithRedirect(options)),
        options,
      );
      assert.equal(failure?.code, "invalid_config");
      assert.ok(failure.message.includes(name), failure.message);
      assert.equal(page.url(), `${journey.stack.demo}/blank`);
    });
  }

  test("refuses an appState that is no JSON", async () => {
    const failures = await tab.evaluate(async ({ client, failureOf }) => {
      /** @type {Record<string, unknown>} */
      const cycle = {};
      cycle.self = cycle;
      const login = (/** @type {unknown} */ appState) =>
        failureOf(client.loginWithRedirect({ appState }));
      return [await login(cycle), await login(() => {}), await login(1n)];
    });
    for (const failure of failures) {
      assert.equal(failure?.code, "invalid_config");
      assert.match(failure.message, /appState/);
    }
  });
});

test("without a login everything that needs one says so", async () => {
  const tab = await startClient(await openBlankPage(journey), configFor(journey));
  const failures = await tab.evaluate(async ({ client, failureOf }) => [
    await failureOf(client.getAccessToken()),
    await failureOf(client.refresh()),
    await failureOf(client.getUserInfo()),
  ]);
  for (const failure of failures) assert.equal(failure?.code, "not_authenticated");
  const callback = await tab.evaluate(({ client, failureOf }) =>
    failureOf(client.handleRedirectCallback()),
  );
  assert.equal(callback?.code, "callback_invalid");
});

test("getAccessToken refuses what can't be right", async () => {
  const { tab } = await logIn(journey);
  for (const options of [
    { minValidity: -1 },
    { forceRefresh: "yes" },
    { scope: 7 },
    { fresh: 1 },
  ]) {
    const failure = await tab.evaluate(
      ({ client, failureOf }, options) =>
        failureOf(client.getAccessToken(/** @type {any} */ (options))),
      options,
    );
    assert.equal(failure?.code, "invalid_config", JSON.stringify(options));
    assert.ok(failure.message.includes(Object.keys(options)[0]), failure.message);
  }
});

test("states are immutable, and a listener that throws harms nobody else", async () => {
  const { page, tab } = await logIn(journey);
  const [frozen, heard] = await Promise.all([
    tab.evaluate(({ client: { state } }) => [
      Object.isFrozen(state),
      state.status === "authenticated" && Object.isFrozen(state.user.claims),
    ]),
    tab.evaluate(async ({ client }) => {
      client.subscribe(() => {
        throw new Error("this listener's own fault");
      });
      let heard = 0;
      const stop = client.subscribe(() => void heard++);
      await client.refresh();
      stop();
      await client.refresh();
      return heard;
    }),
    page.waitForEvent("pageerror"),
  ]);
  assert.deepEqual(frozen, [true, true]);
  assert.equal(heard, 1);
});

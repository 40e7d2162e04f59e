import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { declaredOptions } from "../declared_options.mjs";
import {
  configFor,
  logIn,
  openBlankPage,
  startClient,
  stateOf,
  untilItRuns,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("./blank_page.mjs").Failure} Failure */

const journey = journeyOfThisFile({ accessTokenTtl: 3600 });

/** What can't be sent to a page as it is. */
const made = (/** @type {string} */ what) => ({ $made: what });
const FUNCTION = made("function");
const SYMBOL = made("symbol");
const CYCLE = made("cycle");

const TEXT = [7, true, {}, [], ["x"], FUNCTION, SYMBOL];
const SECONDS = ["30", true, {}, [], NaN, -1, Infinity, FUNCTION];
const CHOICE = ["another", "", "ENCRYPTED", 7, true, {}, [], FUNCTION];
const TEXTS = [7, true, {}, [7], [["x"]], [null], FUNCTION];
const OBJECT = ["x", 7, true, [], FUNCTION, CYCLE];
const FLAG = ["yes", 1, {}, [], FUNCTION];
const SIGNAL = ["x", 7, true, {}, FUNCTION];
const PARAMETERS = ["a=b", 7, true, ["a"], { a: 7 }, { a: null }, { a: {} }, FUNCTION];
const LOGIN_PARAMETERS = [
  ...PARAMETERS,
  ...["client_id", "redirect_uri", "response_type", "response_mode", "scope", "resource"],
  ...["state", "nonce", "code_challenge", "code_challenge_method", "dpop_jkt", "client_secret"],
  "max_age",
].map((own) => (typeof own === "string" && own !== "a=b" ? { [own]: "mine" } : own));
const REDIRECT = [
  ...TEXT,
  ...["http://", "/#fragment", "http://app.example/", "javascript:alert(1)", "data:text/html,x"],
  ...["//app.example/", "ftp://localhost/", "https://user@app.example/"],
];

/** Where an attacker would like a login to end, spelled in every way that a browser understands. */
const ELSEWHERE = [
  ...["https://evil.example/", "//evil.example", "///evil.example", "\\\\evil.example"],
  ...[
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
  ],
  ...[" //evil.example", "https:evil.example", "https:/evil.example", "http:\\\\evil.example"],
  ...["javascript:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x"],
  ...["blob:https://evil.example/x", "about:blank", "ftp://localhost/", "http://", "//"],
  ...["http://localhost:1/", "https://localhost/", "http://LOCALHOST.evil.example"],
];

/** @type {Record<string, unknown[]>} */
const LOGIN = {
  returnTo: [...TEXT, ...ELSEWHERE, made("userinfo"), made("subdomain")],
  appState: [FUNCTION, SYMBOL, CYCLE, made("bigint")],
  scope: [...TEXT, "", "profile", "openid2", "open id"],
  resource: TEXTS,
  prompt: TEXT,
  loginHint: TEXT,
  maxAge: SECONDS,
  acrValues: TEXT,
  display: TEXT,
  uiLocales: TEXT,
  claims: OBJECT,
  extraParams: [...LOGIN_PARAMETERS, { claims: "no JSON" }],
};

/**
 * For each option of an interface of npm/client_config.ts values that can't be right. An option that has
 * none here fails a test.
 *
 * @type {Record<string, Record<string, unknown[]>>}
 */
const WRONG = {
  ClientConfig: {
    issuer: [
      ...TEXT,
      ...["", "not a URL", "/relative", "//as.example", "http://as.example", "ftp://localhost"],
      ...["https://as.example?x=1", "https://as.example#x", "https://user@as.example"],
      ...["javascript:alert(1)", "HTTPS://as.example", null],
    ],
    clientId: [...TEXT, "", null],
    redirectUri: REDIRECT,
    postLogoutRedirectUri: REDIRECT,
    scope: [...TEXT, "", "profile", "openid2"],
    resource: TEXTS,
    apis: [
      ...TEXTS,
      "https://api.example/",
      ["not a URL"],
      ["/relative"],
      ["http://api.example/"],
      ["https://api.example?x"],
    ],
    refreshTokens: [...CHOICE, "localStorage"],
    restore: CHOICE,
    silentLogin: CHOICE,
    sessionManagement: CHOICE,
    dpop: CHOICE,
    par: CHOICE,
    stepUp: CHOICE,
    metadata: OBJECT,
    jwks: [...OBJECT, {}, { keys: 7 }],
    responseMode: [...CHOICE, "form_post", "web_message"],
    clockTolerance: [...SECONDS, 601],
    refreshAhead: [...SECONDS, 86_401],
    requestTimeout: [...SECONDS, 0, 601],
    signingAlgorithms: [
      ...[7, true, "RS256", {}, [], [7]],
      ...[["none"], ["HS256"], ["RS256", "RS1"], ["rs256"]],
    ],
    maxAge: SECONDS,
    acrValues: TEXT,
    uiLocales: TEXT,
    extraParams: [...LOGIN_PARAMETERS, { claims: "no JSON" }],
    handleCallback: CHOICE,
    idleTimeout: [...SECONDS, 0, 0.5, 2_592_001],
    wasm: ["/pkg/nowhere.wasm", "/pkg/index.js", 7, true],
    logger: ["console", 7, true, {}, []],
    warnings: CHOICE,
  },
  LoginOptions: LOGIN,
  PopupOptions: {
    timeout: [...SECONDS, 0, 601],
    popup: ["x", 7, true, {}, [], FUNCTION, made("this window")],
  },
  TokenOptions: {
    minValidity: SECONDS,
    scope: TEXT,
    resource: TEXT,
    forceRefresh: FLAG,
    signal: SIGNAL,
  },
  LogoutOptions: {
    returnTo: REDIRECT,
    local: FLAG,
    extraParams: [
      ...PARAMETERS,
      ...[{ id_token_hint: "x" }, { client_id: "x" }, { post_logout_redirect_uri: "x" }],
    ],
  },
  DeviceOptions: {
    onPrompt: ["x", 7, true, {}, undefined, null],
    scope: [...TEXT, "", "profile"],
    signal: SIGNAL,
  },
};

/** Where a wrong value has another code than `invalid_config`. */
const OTHER_CODES = new Set(["insecure_url", "wasm_unavailable"]);

/** What each method takes. */
const METHODS = {
  loginWithRedirect: ["LoginOptions"],
  loginSilently: ["LoginOptions"],
  loginWithPopup: ["LoginOptions", "PopupOptions"],
  loginWithDevice: ["DeviceOptions"],
  getAccessToken: ["TokenOptions"],
  logout: ["LogoutOptions"],
};

/**
 * Makes what can't be sent to a page as it is, there.
 *
 * @param {Page} page
 */
const defineMake = (page) =>
  page.evaluate(() => {
    /** @type {Record<string, unknown>} */
    const cycle = {};
    cycle.self = cycle;
    const { host } = location;
    /** @type {Record<string, unknown>} */
    const things = {
      function: () => {},
      symbol: Symbol("x"),
      cycle,
      bigint: 1n,
      "this window": window,
      userinfo: `http://${host}@evil.example/`,
      subdomain: `http://${host}.evil.example/`,
    };
    const make = (/** @type {any} */ value) => (value?.$made ? things[value.$made] : value);
    Object.assign(window, { make });
  });

/** @typedef {{ value: unknown, failure: Partial<Failure> | null }} Refusal */

/**
 * @param {string} option
 * @param {Refusal[]} refusals
 */
function assertRefused(option, refusals) {
  for (const { value, failure } of refusals) {
    const shown = `${option}: ${JSON.stringify(value)} gave ${JSON.stringify(failure)}`;
    assert.ok(failure?.code === "invalid_config" || OTHER_CODES.has(failure?.code ?? ""), shown);
    assert.ok(failure?.message?.includes(option), shown);
    assert.equal(failure?.retryable, false, shown);
  }
}

for (const [name, cases] of Object.entries(WRONG)) {
  test(`every option of ${name} has values here that can't be right`, () => {
    const options = declaredOptions(name);
    assert.ok(options.length > 0, `${name} is not read`);
    assert.deepEqual(Object.keys(cases).sort(), options.toSorted());
  });
}

/**
 * Calls a method once with each of these values of an option.
 *
 * @param {TabHandle} tab
 * @param {{ method: string, option: string, values: unknown[] }} what
 * @returns {Promise<Refusal[]>}
 */
async function refusalsBy(tab, { method, option, values }) {
  const failures = await tab.evaluate(
    async ({ client, failureOf }, { method, option, values }) => {
      const failures = [];
      for (const value of values) {
        const others = method === "loginWithDevice" ? { onPrompt: () => {} } : {};
        const options = { ...others, [option]: Object(window).make(value) };
        failures.push(await failureOf(Object(client)[method](options)));
      }
      return failures;
    },
    { method, option, values },
  );
  return values.map((value, index) => ({ value, failure: failures[index] }));
}

/** A page, and what it sends to anyone but its own host. */
async function watchedPage() {
  const page = await openBlankPage(journey);
  /** @type {string[]} */
  const sent = [];
  page.context().on("request", (request) => {
    if (new URL(request.url()).origin !== journey.stack.demo) sent.push(request.url());
  });
  return { page, sent };
}

describe("createClient refuses by name, and sends nothing:", () => {
  /** @type {Page} */
  let page;
  /** @type {string[]} */
  let sent;
  before(async () => {
    ({ page, sent } = await watchedPage());
    await defineMake(page);
  });
  after(() => page.context().close());

  /**
   * @param {Record<string, unknown>[]} changes
   * @returns {Promise<(Partial<Failure> | null)[]>}
   */
  const refusalsOf = (changes) =>
    page.evaluate(
      async ({ path, config, changes }) => {
        const { createClient, AuthError } = /** @type {typeof import("portcullis")} */ (
          await import(path)
        );
        const refusals = [];
        for (const change of changes) {
          const made = Object.entries(change).map(([name, value]) => [
            name,
            Object(window).make(value),
          ]);
          try {
            (await createClient({ ...config, ...Object.fromEntries(made) })).close();
            refusals.push(null);
          } catch (error) {
            if (!(error instanceof AuthError)) throw error;
            const { code, message, retryable } = error;
            refusals.push({ code, message, retryable });
          }
        }
        return refusals;
      },
      { path: "/pkg/index.js", config: configFor(journey), changes },
    );

  test("wasm", async () => {
    for (const value of WRONG.ClientConfig.wasm) {
      // What a page has loaded once serves it as long as it lives.
      await page.reload();
      await defineMake(page);
      assertRefused("wasm", [{ value, failure: (await refusalsOf([{ wasm: value }]))[0] }]);
    }
    assert.deepEqual(sent, []);
  });

  for (const [option, values] of Object.entries(WRONG.ClientConfig)) {
    if (option === "wasm") continue;
    test(option, async () => {
      const failures = await refusalsOf(values.map((value) => ({ [option]: value })));
      assertRefused(
        option,
        values.map((value, index) => ({ value, failure: failures[index] })),
      );
      assert.deepEqual(sent, []);
    });
  }

  test("an option that does not exist", async () => {
    const unknown = ["redirectURI", "client_id", "", "constructor"];
    for (const option of unknown) {
      assertRefused(option, [{ value: 1, failure: (await refusalsOf([{ [option]: 1 }]))[0] }]);
    }
  });

  test("and takes undefined and null for the default of every other option", async () => {
    const optional = declaredOptions("ClientConfig").filter(
      (name) => !["issuer", "clientId"].includes(name),
    );
    for (const value of [undefined, null]) {
      const changes = optional.map((option) => ({ [option]: value }));
      assert.deepEqual(
        await refusalsOf(changes),
        optional.map(() => null),
        String(value),
      );
    }
  });
});

for (const [method, interfaces] of Object.entries(METHODS)) {
  describe(`${method} refuses by name, sends nothing and changes nothing:`, () => {
    /** @type {Page} */
    let page;
    /** @type {string[]} */
    let sent;
    /** @type {TabHandle} */
    let tab;
    before(async () => {
      ({ page, sent } = await watchedPage());
      await defineMake(page);
      tab = await startClient(page, configFor(journey, { warnings: "off" }));
      // Until the core runs, which judges, a popup opens with the click.
      await untilItRuns(tab);
    });
    after(() => page.context().close());

    /**
     * @param {string} option
     * @param {unknown[]} values
     */
    async function assertAllRefused(option, values) {
      assertRefused(option, await refusalsBy(tab, { method, option, values }));
      assert.deepEqual(sent, []);
      assert.equal(page.url(), `${journey.stack.demo}/blank`);
      assert.equal(page.context().pages().length, 1);
      assert.deepEqual(await tab.evaluate(({ client, states }) => [client.state, states]), [
        { status: "anonymous", reason: "never" },
        [],
      ]);
    }

    for (const [option, values] of interfaces.flatMap((name) => Object.entries(WRONG[name]))) {
      test(option, () => assertAllRefused(option, values));
    }

    test("an option that does not exist", async () => {
      for (const option of ["return_to", "", "constructor"]) await assertAllRefused(option, [1]);
    });

    test("what are no options at all", async () => {
      const failures = await tab.evaluate(async ({ client, failureOf }, method) => {
        const nothing = ["x", 7, true, [], () => {}];
        return Promise.all(nothing.map((options) => failureOf(Object(client)[method](options))));
      }, method);
      for (const failure of failures) assert.equal(failure?.code, "invalid_config");
    });
  });
}

test("whoever is logged in still is after all of it, with the same tokens", async () => {
  const { page, tab } = await logIn(journey, { config: configFor(journey, { warnings: "off" }) });
  await defineMake(page);
  await tab.evaluate(({ client }) => client.getAccessToken());
  await journey.forgetRequests();
  const before = await tab.evaluateHandle(({ client, states, events }) => ({
    ...{ state: client.state, token: client.getAccessToken() },
    ...{ states: states.length, events: events.length },
  }));
  for (const [method, interfaces] of Object.entries(METHODS)) {
    for (const [option, values] of interfaces.flatMap((name) => Object.entries(WRONG[name]))) {
      assertRefused(option, await refusalsBy(tab, { method, option, values }));
    }
  }
  const unchanged = await page.evaluate(
    async ({ before, tab: { client, states, events } }) => [
      client.state === before.state,
      (await client.getAccessToken()) === (await before.token),
      ...[states.length === before.states, events.length === before.events],
    ],
    { before, tab },
  );
  assert.deepEqual(unchanged, [true, true, true, true]);
  for (const endpoint of /** @type {const} */ (["token", "revocation", "authorization"])) {
    assert.deepEqual(await journey.requestsTo(endpoint), [], endpoint);
  }
  await page.reload();
  const again = await startClient(page, configFor(journey, { restore: "verified" }));
  assert.equal((await stateOf(again)).status, "authenticated");
});

test("listeners, events and URLs of a wrong type are refused by name", async () => {
  const tab = await startClient(await openBlankPage(journey), configFor(journey));
  const failures = await tab.evaluate(async ({ client, failureOf }) => {
    const any = /** @type {any} */ (client);
    return [
      await failureOf((async () => any.subscribe(7))()),
      await failureOf((async () => any.on("login"))()),
      await failureOf((async () => any.on("logon", () => {}))()),
      await failureOf(any.handleRedirectCallback(7)),
      await failureOf(any.handleRedirectCallback({})),
    ];
  });
  for (const failure of failures) assert.equal(failure?.code, "invalid_config");
  assert.deepEqual(
    failures.map((failure) => failure?.message.split(": ")[1]),
    ["listener", "listener", "event logon", "url", "url"],
  );
});

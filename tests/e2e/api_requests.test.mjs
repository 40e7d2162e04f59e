import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startAuthorizationServer } from "../../dev/authorization-server/start.mjs";
import {
  beginLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { allow } from "./sign_in.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

/**
 * @typedef {object} Sent what came to the API
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} body
 */

/**
 * Answers in the API's place, in turn with each of these headers and status 401, and then with 200.
 *
 * @param {Page} page
 * @param {Record<string, string>[]} [refusals]
 */
async function answerInstead(page, refusals = []) {
  /** @type {Sent[]} */
  const sent = [];
  const { demo, api } = journey.stack;
  await page.route(`${new URL(api).origin}/**`, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    sent.push({
      method: request.method(),
      path: url.pathname + url.search,
      headers: await request.allHeaders(),
      body: request.postDataBuffer()?.toString("latin1") ?? "",
    });
    const refusal = refusals.shift();
    await route.fulfill({
      status: refusal ? 401 : 200,
      headers: {
        "access-control-allow-origin": demo,
        "access-control-expose-headers": "WWW-Authenticate, DPoP-Nonce",
        ...refusal,
      },
    });
  });
  return sent;
}

const EXPIRED = { "www-authenticate": 'DPoP error="invalid_token"' };
const NONCE = { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "fresh-nonce" };

/** Each kind of body that fetch takes, by a script that makes one, and what has to arrive of it. */
const BODIES = {
  "a text": { make: () => "a=b c", arrives: /^a=b c$/ },
  bytes: { make: () => new Uint8Array([104, 105]), arrives: /^hi$/ },
  "a Blob": { make: () => new Blob(["a blob"], { type: "text/plain" }), arrives: /^a blob$/ },
  URLSearchParams: { make: () => new URLSearchParams({ a: "b c" }), arrives: /^a=b\+c$/ },
  FormData: {
    make: () => {
      const form = new FormData();
      form.append("note", "hello");
      form.append("file", new File(["content"], "note.txt", { type: "text/plain" }));
      return form;
    },
    arrives: /name="note"\r\n\r\nhello[^]*filename="note.txt"[^]*content/,
  },
};

describe("a body arrives whole, and once more after each refusal that is worth it:", () => {
  for (const [what, { make, arrives }] of Object.entries(BODIES)) {
    test(what, async () => {
      const { page, tab } = await logIn(journey);
      const sent = await answerInstead(page, [NONCE, EXPIRED]);
      const body = await page.evaluateHandle(/** @type {() => any} */ (make));
      const statuses = await tab.evaluate(
        async ({ client }, { url, body }) => {
          const init = { method: "POST", body };
          const first = await client.fetch(url, init);
          const second = await client.fetch(new Request(url, init));
          return [first.status, second.status];
        },
        { url: `${journey.stack.api}/notes`, body },
      );
      assert.deepEqual(statuses, [200, 200]);
      assert.equal(sent.length, 4);
      for (const { method, body } of sent) {
        assert.equal(method, "POST");
        assert.match(body, arrives);
      }
    });
  }
});

test("a nonce that the API asks for is used once, and a refusal after it is the app's", async () => {
  const { page, tab } = await logIn(journey);
  const sent = await answerInstead(page, [NONCE, NONCE, NONCE]);
  const status = await tab.evaluate(
    async ({ client }, url) => (await client.fetch(url)).status,
    `${journey.stack.api}/me`,
  );
  assert.equal(status, 401);
  assert.equal(sent.length, 2);
  const proofs = sent.map(({ headers }) =>
    JSON.parse(Buffer.from(headers.dpop.split(".")[1], "base64url").toString()),
  );
  assert.deepEqual(
    proofs.map(({ nonce }) => nonce),
    [undefined, "fresh-nonce"],
  );
});

/**
 * Puts something in the place of the page's own `fetch` for the API: Chromium sends streams over HTTP/2
 * only, which the servers here don't speak. It refuses the first call.
 *
 * @param {TabHandle} tab
 */
const refuseInPage = (tab) =>
  tab.evaluate((_, api) => {
    /** @type {string[]} */
    const bodies = [];
    const fetch = window.fetch.bind(window);
    window.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith(api)) return fetch(request);
      bodies.push(await request.text());
      const headers = { "www-authenticate": 'DPoP error="invalid_token"' };
      return new Response("", bodies.length === 1 ? { status: 401, headers } : {});
    };
    Object.assign(window, { bodies });
  }, journey.stack.api);

test("a body that is a stream is sent once, and the token renewed for the next call", async () => {
  const { tab } = await logIn(journey);
  await journey.forgetRequests();
  await refuseInPage(tab);
  const { statuses, bodies } = await tab.evaluate(async ({ client }, url) => {
    const body = new Blob(["streamed"]).stream();
    const init = /** @type {RequestInit} */ ({ method: "POST", body, duplex: "half" });
    const refused = await client.fetch(url, init);
    const next = await client.fetch(url);
    return { statuses: [refused.status, next.status], bodies: Object(window).bodies };
  }, `${journey.stack.api}/notes`);
  assert.deepEqual(statuses, [401, 200]);
  assert.deepEqual(bodies, ["streamed", ""]);
  assert.equal((await journey.requestsTo("token")).length, 1);
});

test("an answer is given on as a stream, while it still comes", async () => {
  const { page, tab } = await logIn(journey);
  const answered = await page.evaluateHandle((api) => {
    const fetch = window.fetch.bind(window);
    /** @type {{ controller?: ReadableStreamDefaultController<Uint8Array> }} */
    const answer = {};
    window.fetch = async (input, init) => {
      if (!(input instanceof Request) || !input.url.startsWith(api)) return fetch(input, init);
      return new Response(new ReadableStream({ start: (it) => void (answer.controller = it) }));
    };
    return answer;
  }, journey.stack.api);
  const parts = await page.evaluate(
    async ({ tab, answered, url }) => {
      const response = await tab.client.fetch(url);
      const reader = response.body?.getReader();
      const parts = [];
      for (const part of ["first", "second"]) {
        answered.controller?.enqueue(new TextEncoder().encode(part));
        parts.push(new TextDecoder().decode((await reader?.read())?.value));
      }
      return parts;
    },
    { tab, answered, url: `${journey.stack.api}/events` },
  );
  assert.deepEqual(parts, ["first", "second"]);
});

describe("a signal that aborts", () => {
  test("before the call or during it rejects as aborted, with its reason, and ends the request", async () => {
    const { page, tab } = await logIn(journey);
    /** @type {(value?: unknown) => void} */
    let arrive = () => {};
    const arrived = new Promise((resolve) => (arrive = resolve));
    await page.route(`${journey.stack.api}/slow`, () => arrive());
    const call = await page.evaluateHandle(
      ({ tab, url }) => {
        const abort = new AbortController();
        const request = new Request(url, { signal: abort.signal });
        return { abort, settled: tab.failureOf(tab.client.fetch(request)) };
      },
      { tab, url: `${journey.stack.api}/slow` },
    );
    await arrived;
    const failed = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/slow"));
    const failure = await call.evaluate(({ abort, settled }) => {
      abort.abort(new Error("no longer wanted"));
      return settled;
    });
    assert.equal(failure?.code, "aborted");
    await failed;
    const cause = await tab.evaluate(async ({ client }, url) => {
      const signal = AbortSignal.abort("too late");
      return client.fetch(url, { signal }).catch(({ code, cause }) => [code, cause]);
    }, `${journey.stack.api}/me`);
    assert.deepEqual(cause, ["aborted", "too late"]);
  });

  test("while the token is renewed sends nothing to the API", async () => {
    const { page, tab } = await logIn(journey);
    const sent = await answerInstead(page, [EXPIRED]);
    /** @type {(value?: unknown) => void} */
    let asked = () => {};
    const isAsked = new Promise((resolve) => (asked = resolve));
    /** @type {(value?: unknown) => void} */
    let goOn = () => {};
    const goesOn = new Promise((resolve) => (goOn = resolve));
    await page.route(`${journey.stack.issuer}/token`, async (route) => {
      asked();
      await goesOn;
      await route.continue();
    });
    const call = await page.evaluateHandle(
      ({ tab, url }) => {
        const abort = new AbortController();
        return { abort, settled: tab.failureOf(tab.client.fetch(url, { signal: abort.signal })) };
      },
      { tab, url: `${journey.stack.api}/me` },
    );
    await isAsked;
    const failure = await call.evaluate(({ abort, settled }) => {
      abort.abort();
      return settled;
    });
    assert.equal(failure?.code, "aborted");
    goOn();
    await tab.evaluate(({ client }) => client.refresh());
    assert.equal(sent.length, 1);
  });
});

describe("a URL gets the token only if", () => {
  test("origin and path are an API's, however they are spelled", async () => {
    const { port } = new URL(journey.stack.api);
    const apis = [
      ...[`http://localhost:${port}/api/`, "https://api.example:443/v1", "https://[::1]:8443/v1"],
      ...["https://API.example/UPPER", "https://xn--bcher-kva.example"],
    ];
    const policy = journey.stack.headers["Content-Security-Policy"];
    journey.setHeaders({
      "Content-Security-Policy": policy.replace("connect-src", "connect-src https:"),
    });
    const { page, tab } = await logIn(journey, { config: configFor(journey, { apis }) });
    /** @type {string[]} */
    const sent = [];
    await page.route(/^https:|\/api/, (route) => {
      sent.push(route.request().url());
      const headers = { "access-control-allow-origin": journey.stack.demo };
      return route.fulfill({ status: 200, headers });
    });
    /** @param {string[]} urls */
    const codesOf = (urls) =>
      tab.evaluate(async ({ client, failureOf }, urls) => {
        const failures = [];
        for (const url of urls) failures.push((await failureOf(client.fetch(url)))?.code);
        return failures;
      }, urls);
    const allowed = [
      `http://LOCALHOST:${port}/api`,
      `http://localhost:${port}/x/../api/me`,
      `http://localhost:${port}\\api\\me`,
      "https://api.example/v1/group%2Fproject",
      "https://api.example:443/v1?to=https://evil.example/../..",
      "https://api.EXAMPLE/v1/a;b/c",
      "https://api.example/v1//double",
      "https://[0:0:0:0:0:0:0:1]:8443/v1/me",
      "https://api.example/UPPER/case",
      "https://bücher.example/",
    ];
    assert.deepEqual(
      await codesOf(allowed),
      allowed.map(() => undefined),
    );
    assert.ok(sent.length >= allowed.length);
    sent.length = 0;
    const refused = [
      ...["https://api.example/v1/..%2fadmin", "https://api.example/v1/%2e%2e%2Fadmin"],
      ...["https://api.example/v1/x/..%5c..%5Cadmin", "https://api.example/v1/..;/admin"],
      ...["https://api.example/v1/%2E%2E/admin", "https://api.example/v1/../admin"],
      ...["https://api.example/v1%2f", "https://api.example/v1;/me", "https://api.example/v11"],
      ...["https://api.example/upper", "https://api.example:444/v1", "http://api.example/v1"],
      ...["https://api.example./v1", "https://user@api.example/v1", "https://:pw@api.example/v1"],
      ...["https://evil.example\\@api.example/v1", "https://api.example@evil.example/v1"],
      ...["https://[::2]:8443/v1", "https://[::1]/v1", "https://[::ffff:127.0.0.1]:8443/v1"],
      ...["https://api.example.evil.example/v1", "//evil.example/v1", "http://", "https://a b/"],
      ...["blob:https://api.example/v1", "javascript:alert(1)", ""],
    ];
    assert.deepEqual(
      await codesOf(refused),
      refused.map(() => "url_not_allowed"),
    );
    assert.deepEqual(sent, []);
  });
});

test("what no request can be made of is refused as such", async () => {
  const { tab } = await logIn(journey);
  const codes = await tab.evaluate(async ({ client, failureOf }, url) => {
    const used = new Request(url, { method: "POST", body: "x" });
    await used.text();
    const calls = [
      client.fetch(url, { body: "a body of a GET" }),
      client.fetch(url, { method: "TRACE" }),
      client.fetch(url, { headers: { "no name": "x" } }),
      client.fetch(used),
      client.fetch(url, /** @type {any} */ ({ mode: "navigate" })),
      // With it the browser would send the request, and leave the token out.
      client.fetch(url, { mode: "no-cors" }),
    ];
    return Promise.all(calls.map(async (call) => (await failureOf(call))?.code));
  }, `${journey.stack.api}/me`);
  assert.deepEqual(codes, Array(6).fill("invalid_config"));
});

describe("several clients of a page", () => {
  test("of two servers each log in, refresh and log out by themselves", async () => {
    const [demo, api] = [journey.stack.demo, journey.stack.api].map((url) =>
      Number(new URL(url).port),
    );
    const other = await startAuthorizationServer({ port: 0, demoPort: demo, apiPort: api });
    try {
      const policy = journey.stack.headers["Content-Security-Policy"];
      const allowed = policy.replaceAll(
        journey.stack.issuer,
        `${journey.stack.issuer} ${other.issuer}`,
      );
      journey.setHeaders({ "Content-Security-Policy": allowed });
      const context = await newBlankContext(journey);
      await logIn(journey, { context });
      const config = configFor(journey, { issuer: other.issuer });
      const { page, tab: second } = await logIn(journey, { context, config });
      const first = await startClient(page, configFor(journey));
      const issuers = [];
      for (const tab of [first, second]) {
        await tab.evaluate(({ client }) => client.refresh());
        const state = await stateOf(tab);
        assert.ok(state.status === "authenticated");
        issuers.push(state.user.claims.iss);
      }
      assert.deepEqual(issuers, [journey.stack.issuer, other.issuer]);
      await second.evaluate(({ client }) => client.logout({ local: true }));
      assert.equal((await stateOf(second)).status, "anonymous");
      assert.equal((await stateOf(first)).status, "authenticated");
    } finally {
      await other.close();
    }
  });

  test("of one server, with two client identifiers, each finish their own login", async () => {
    const context = await newBlankContext(journey);
    await logIn(journey, { context });
    const page = await openBlankPage(journey, context);
    await startClient(page, configFor(journey));
    const bound = configFor(journey, { clientId: "spa-dpop" });
    await beginLogin(await startClient(page, bound));
    await allow(page);
    await page.waitForURL(({ pathname }) => pathname === "/callback");
    const [again, second] = [
      await startClient(page, configFor(journey)),
      await startClient(page, bound),
    ];
    assert.equal(await again.evaluate(({ client }) => client.callback), null);
    assert.equal(await second.evaluate(({ client }) => client.callback?.user?.sub), "alice");
    await second.evaluate(({ client }) => client.logout({ local: true }));
    assert.equal((await stateOf(again)).status, "authenticated");
    await again.evaluate(({ client }) => client.refresh());
  });
});

test("each resource and each scope has an access token of its own, and each is kept", async () => {
  const { tab } = await logIn(journey);
  await journey.forgetRequests();
  const claims = await tab.evaluate(async ({ client }, api) => {
    const tokens = [
      await client.getAccessToken(),
      await client.getAccessToken({ resource: api }),
      await client.getAccessToken({ scope: "openid" }),
      await client.getAccessToken({ scope: "openid" }),
      await client.getAccessToken({ resource: api, scope: "inbox.read" }),
    ];
    return tokens;
  }, journey.stack.api);
  assert.equal(claims[0], claims[1]);
  assert.equal(claims[2], claims[3]);
  assert.equal(new Set(claims).size, 3);
  assert.equal((await journey.requestsTo("token")).length, 2);
  const unknown = await tab.evaluate(({ client, failureOf }) =>
    failureOf(client.getAccessToken({ resource: "https://unknown.example" })),
  );
  assert.deepEqual([unknown?.code, unknown?.oauthError], ["server_error", "invalid_target"]);
  assert.equal((await stateOf(tab)).status, "authenticated");
});

test("further parameters go along with every login, and a login's own go first", async () => {
  const config = configFor(journey, {
    ...{ par: "off", extraParams: { audience: "all", kc_idp_hint: "a" } },
    ...{ acrValues: "silver", uiLocales: "de" },
  });
  const page = await openBlankPage(journey);
  const tab = await startClient(page, config);
  const sent = page.waitForRequest((request) => request.url().includes("/authorize?"));
  await tab.evaluate(({ client }) => {
    void client.loginWithRedirect({
      ...{ acrValues: "gold", display: "touch", prompt: "login" },
      extraParams: { kc_idp_hint: "b" },
    });
  });
  const { searchParams } = new URL((await sent).url());
  assert.deepEqual(
    ["audience", "kc_idp_hint", "acr_values", "ui_locales", "display", "prompt"].map((name) =>
      searchParams.getAll(name).join(),
    ),
    ["all", "b", "gold", "de", "touch", "login"],
  );
});

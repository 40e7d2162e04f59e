import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configFor, logIn, openBlankPage, startClient } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

/**
 * @param {TabHandle} tab
 * @param {string} url
 * @param {RequestInit} [init]
 */
const callApi = (tab, url, init) =>
  tab.evaluate(
    async ({ client }, { url, init }) => {
      const response = await client.fetch(url, init);
      return { status: response.status, body: await response.text() };
    },
    { url, init },
  );

/**
 * @param {TabHandle} tab
 * @param {string} url
 */
const refusalOf = (tab, url) =>
  tab.evaluate(({ client, failureOf }, url) => failureOf(client.fetch(url)), url);

/**
 * Answers in the API's place, in turn with each of these, and then with 200.
 *
 * @param {Page} page
 * @param {{ status: number, challenge?: string }[]} answers
 */
async function answerInstead(page, answers) {
  /** @type {{ method: string, authorization: string | undefined, body: string | null }[]} */
  const requests = [];
  await page.route(`${journey.stack.api}/**`, async (route) => {
    const request = route.request();
    requests.push({
      method: request.method(),
      authorization: request.headers().authorization,
      body: request.postData(),
    });
    const { status, challenge } = answers.shift() ?? { status: 200 };
    await route.fulfill({
      status,
      headers: {
        "access-control-allow-origin": journey.stack.demo,
        "access-control-expose-headers": "WWW-Authenticate",
        ...(challenge && { "www-authenticate": challenge }),
      },
    });
  });
  await journey.forgetRequests();
  return requests;
}

test("client.fetch sends the access token, and the API answers who it is", async () => {
  const { tab } = await logIn(journey);
  const { status, body } = await callApi(tab, `${journey.stack.api}/me?x=1#y`);
  assert.equal(status, 200);
  assert.equal(JSON.parse(body).sub, "alice");
});

test("client.fetch takes a Request and a URL too, and keeps what they say", async () => {
  const { page, tab } = await logIn(journey);
  const requests = await answerInstead(page, []);
  await tab.evaluate(async ({ client }, api) => {
    await client.fetch(new URL(`${api}/me`));
    await client.fetch(new Request(`${api}/notes`, { method: "POST", body: "a note" }));
  }, journey.stack.api);
  assert.deepEqual(
    requests.map(({ method, body }) => [method, body]),
    [
      ["GET", null],
      ["POST", "a note"],
    ],
  );
  for (const { authorization } of requests) assert.match(authorization ?? "", /^DPoP \S+$/);
});

test("client.fetch to a URL outside apis is refused, and nothing is sent", async () => {
  const { page, tab } = await logIn(journey);
  const { api, issuer, demo } = journey.stack;
  const { host, origin } = new URL(api);
  /** @type {string[]} */
  const sent = [];
  page.on("request", (request) => void sent.push(request.url()));
  for (const url of [
    `${api}x/me`,
    `${origin}/`,
    `${origin}/API/me`,
    `${api}/../other`,
    `${api}/%2e%2e/other`,
    `http://127.0.0.1:${new URL(api).port}/api/me`,
    `https://${host}/api/me`,
    `http://${host}@evil.example/api/me`,
    `http://evil.example/?${api}/me`,
    `${issuer}/userinfo`,
    `${demo}/api/me`,
    "/api/me",
    "data:text/plain,api",
  ]) {
    assert.equal((await refusalOf(tab, url))?.code, "url_not_allowed", url);
  }
  assert.deepEqual(sent, []);
});

test("without apis no URL gets the token", async () => {
  const config = configFor(journey, { apis: [] });
  const { tab } = await logIn(journey, { config });
  assert.equal((await refusalOf(tab, `${journey.stack.api}/me`))?.code, "url_not_allowed");
});

test("without a login client.fetch is refused, and nothing is sent", async () => {
  const page = await openBlankPage(journey);
  const tab = await startClient(page, configFor(journey));
  const requests = await answerInstead(page, []);
  assert.equal((await refusalOf(tab, `${journey.stack.api}/me`))?.code, "not_authenticated");
  assert.deepEqual(requests, []);
});

test("a redirect takes the token along within the API's origin, and never to another", async () => {
  const { page, tab } = await logIn(journey);
  const { api, demo } = journey.stack;
  await page.route(`${api}/moved?to=*`, (route) =>
    route.fulfill({
      status: 307,
      headers: {
        "access-control-allow-origin": demo,
        location: new URL(route.request().url()).searchParams.get("to") ?? "",
      },
    }),
  );
  const elsewhere = `${demo}/config.json`;
  for (const [target, takesToken] of /** @type {const} */ ([
    [`${api}/me`, true],
    [elsewhere, false],
  ])) {
    const [arrived] = await Promise.all([
      page.waitForRequest((request) => request.url() === target && !!request.redirectedFrom()),
      refusalOf(tab, `${api}/moved?to=${encodeURIComponent(target)}`),
    ]);
    assert.equal("authorization" in (await arrived.allHeaders()), takesToken);
  }
});

describe("an API that answers 401 invalid_token", () => {
  const refused = { status: 401, challenge: 'Bearer realm="api", error="invalid_token"' };

  test("is asked once more, with a new token and the same body", async () => {
    const { page, tab } = await logIn(journey);
    const requests = await answerInstead(page, [refused]);
    const init = { method: "POST", body: "a note" };
    const { status } = await callApi(tab, `${journey.stack.api}/notes`, init);
    assert.equal(status, 200);
    assert.deepEqual(
      requests.map(({ method, body }) => [method, body]),
      [
        ["POST", "a note"],
        ["POST", "a note"],
      ],
    );
    assert.notEqual(requests[1].authorization, requests[0].authorization);
    assert.equal((await journey.requestsTo("token")).length, 1);
  });

  test("is not asked a third time", async () => {
    const { page, tab } = await logIn(journey);
    const requests = await answerInstead(page, [refused, refused]);
    assert.equal((await callApi(tab, `${journey.stack.api}/me`)).status, 401);
    assert.equal(requests.length, 2);
    assert.equal((await journey.requestsTo("token")).length, 1);
  });

  test("shares one refresh among all calls that it refused", async () => {
    const { page, tab } = await logIn(journey);
    const requests = await answerInstead(page, [refused, refused, refused]);
    const answers = await Promise.all(
      [1, 2, 3].map((id) => callApi(tab, `${journey.stack.api}/${id}`)),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(requests.length, 6);
    assert.equal((await journey.requestsTo("token")).length, 1);
  });

  test("gives its own answer back when no new token can be had", async () => {
    const { page, tab } = await logIn(journey);
    const requests = await answerInstead(page, [refused]);
    await journey.breakServer({ endpoint: "token", kind: "respond", status: 503 });
    assert.equal((await callApi(tab, `${journey.stack.api}/me`)).status, 401);
    assert.equal(requests.length, 1);
  });
});

test("any other refusal of the API is given to the app as it is", async () => {
  const { page, tab } = await logIn(journey);
  for (const answer of [
    { status: 401 },
    { status: 401, challenge: 'Bearer realm="api"' },
    { status: 401, challenge: 'Basic realm="invalid_token"' },
    { status: 403, challenge: 'Bearer error="insufficient_scope"' },
    { status: 500 },
  ]) {
    const requests = await answerInstead(page, [answer]);
    assert.equal((await callApi(tab, `${journey.stack.api}/me`)).status, answer.status);
    assert.equal(requests.length, 1);
    assert.deepEqual(await journey.requestsTo("token"), []);
    await page.unroute(`${journey.stack.api}/**`);
  }
});

test("a call whose signal is aborted is rejected as aborted", async () => {
  const { tab } = await logIn(journey);
  const failures = await tab.evaluate(async ({ client, failureOf }, url) => {
    const signal = AbortSignal.abort();
    return [
      await failureOf(client.fetch(url, { signal })),
      await failureOf(client.getAccessToken({ signal })),
    ];
  }, `${journey.stack.api}/me`);
  for (const failure of failures) assert.equal(failure?.code, "aborted");
});

test("UserInfo is asked with a token that the API does not get", async () => {
  const { page, tab } = await logIn(journey);
  const asked = page.waitForRequest(`${journey.stack.issuer}/userinfo`);
  const claims = await tab.evaluate(({ client }) => client.getUserInfo());
  assert.equal(claims.sub, "alice");
  assert.equal(claims.email, "alice@example.com");
  const { authorization } = (await asked).headers();
  const token = await tab.evaluate(({ client }) => client.getAccessToken());
  assert.notEqual(authorization, `Bearer ${token}`);
});

test("UserInfo about somebody else is refused", async () => {
  const { tab } = await logIn(journey);
  await journey.breakServer({ endpoint: "userinfo", kind: "body", body: { sub: "mallory" } });
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.getUserInfo()));
  assert.equal(failure?.code, "userinfo_sub");
});

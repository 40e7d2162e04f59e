import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthError } from "portcullis";
import { runOrFail } from "../../dev/process.mjs";
import { authError, createTestClient } from "portcullis/testing";

const alice = { sub: "alice", name: "Alice Archer" };

/** @param {string} code */
const withCode = (code) => (/** @type {unknown} */ error) =>
  error instanceof AuthError && error.code === code;

test("a test client begins with nobody logged in, or with whom it is told", () => {
  assert.deepEqual(createTestClient().state, { status: "anonymous", reason: "never" });
  const error = authError("access_denied", { description: "not you" });
  const { state } = createTestClient({ reason: "login_failed", error });
  assert.deepEqual(state, { status: "anonymous", reason: "login_failed", error });
  const user = createTestClient({ user: { ...alice, roles: ["admin"] }, scope: "openid a" }).state;
  assert.ok(user.status === "authenticated");
  assert.equal(user.user.name, "Alice Archer");
  assert.deepEqual(user.user.claims["roles"], ["admin"]);
  assert.deepEqual(user.scope, ["openid", "a"]);
});

test("the test says who logs in, in this tab and elsewhere", async () => {
  const client = createTestClient();
  /** @type {string[]} */
  const told = [];
  client.on("login", ({ sub }) => void told.push(sub));
  assert.equal(await client.loginSilently(), null);
  client.loginAs = alice;
  assert.equal((await client.loginSilently())?.sub, "alice");
  client.logIn({ sub: "bob" });
  /** @type {string[]} */
  const codes = [];
  const onPrompt = (/** @type {{ userCode: string }} */ { userCode }) => void codes.push(userCode);
  assert.equal((await client.loginWithDevice({ onPrompt })).sub, "alice");
  assert.equal(codes.length, 1);
  assert.deepEqual(told, ["alice", "bob", "alice"]);
});

test("access tokens are those of the test, one after another, and the last one stays", async () => {
  const client = createTestClient({ user: alice, tokens: ["one", "two"] });
  assert.equal(await client.getAccessToken(), "one");
  await client.refresh();
  assert.equal(await client.getAccessToken(), "two");
  assert.equal(await client.getAccessToken({ forceRefresh: true }), "two");
});

test("a token is renewed when the clock gets near its expiry, and not before", async () => {
  const client = createTestClient({ user: alice, now: 1_000_000, tokenLifetime: 300 });
  /** @type {unknown[]} */
  const refreshed = [];
  client.on("refreshed", (event) => void refreshed.push(event));
  client.advance(269);
  assert.deepEqual(refreshed, []);
  client.advance(1);
  assert.deepEqual(refreshed, [{ expiresAt: 1_000_000 + 570_000, by: "this_tab" }]);
  assert.equal(client.now, 1_270_000);
  client.refreshElsewhere();
  assert.deepEqual(refreshed.at(-1), { expiresAt: 1_570_000, by: "another_tab" });
});

test("a renewal that is to fail is told, and the session goes on", () => {
  const client = createTestClient({ user: alice, now: 0 });
  /** @type {(string | number | null)[]} */
  const failed = [];
  client.on("refreshFailed", ({ error, retryAt }) => void failed.push(error.code, retryAt));
  client.failNext("refresh", "network");
  client.advance(280);
  assert.deepEqual(failed, ["network", 281_000]);
  assert.equal(client.state.status, "authenticated");
});

test("a call fails as the test says, with a real AuthError, and the next one does not", async () => {
  const client = createTestClient({ user: alice });
  client.failNext("getAccessToken", "network");
  client.failNext("getAccessToken", authError("http_status", { status: 503, retryable: true }));
  await assert.rejects(client.getAccessToken(), withCode("network"));
  await assert.rejects(
    client.getAccessToken(),
    (error) => error instanceof AuthError && error.status === 503 && error.retryable,
  );
  assert.equal(await client.getAccessToken(), "test-token-1");
});

test("calls are recorded with what they were given, also those that leave the page", async () => {
  const client = createTestClient({ user: alice });
  void client.loginWithRedirect({ returnTo: "/inbox" });
  await client.getAccessToken();
  void client.logout();
  client.close();
  assert.deepEqual(client.calls, [
    { method: "loginWithRedirect", args: [{ returnTo: "/inbox" }] },
    { method: "getAccessToken", args: [] },
    { method: "logout", args: [] },
    { method: "close", args: [] },
  ]);
  assert.deepEqual(client.callsOf("loginWithRedirect"), [[{ returnTo: "/inbox" }]]);
  assert.equal(client.closed, true);
});

test("what leaves the page does not go on here", async () => {
  const client = createTestClient({ user: alice });
  const first = await Promise.race([
    client.loginWithRedirect().then(() => "login"),
    client.logout().then(() => "logout"),
    new Promise((resolve) => client.on("logout", () => setImmediate(resolve, "left"))),
  ]);
  assert.equal(first, "left");
});

test("the test ends a session, for its reason, once", () => {
  const client = createTestClient({ user: alice });
  /** @type {string[]} */
  const told = [];
  client.on("logout", (reason) => void told.push(reason));
  client.subscribe((state) => void told.push(state.status));
  client.endSession("logged_out_elsewhere");
  client.endSession("expired");
  assert.deepEqual(told, ["anonymous", "logged_out_elsewhere"]);
});

test("an event can be told without anything that happens", () => {
  const client = createTestClient();
  /** @type {unknown[]} */
  const told = [];
  client.on("stepUp", (event) => void told.push(event));
  client.emit("stepUp", { acrValues: "gold" });
  assert.deepEqual(told, [{ acrValues: "gold" }]);
});

test("client.fetch is answered by the API of the test, with the token, and no other", async () => {
  const client = createTestClient({
    user: alice,
    apis: {
      "https://api.example/v1": (request) =>
        Response.json({
          path: new URL(request.url).pathname,
          ...Object.fromEntries(request.headers),
        }),
    },
  });
  const response = await client.fetch("https://api.example/v1/inbox", {
    headers: { "X-Mine": "kept" },
  });
  assert.deepEqual(await response.json(), {
    path: "/v1/inbox",
    authorization: "Bearer test-token-1",
    "x-mine": "kept",
  });
  for (const url of [
    "https://api.example/v10",
    "https://api.example.org/v1",
    "http://api.example/v1",
  ]) {
    await assert.rejects(client.fetch(url), withCode("url_not_allowed"), url);
  }
});

test("a listener that throws keeps no other from being told, and its error is not lost", async () => {
  const script = `
    import { createTestClient } from "portcullis/testing";
    process.once("uncaughtException", ({ message }) => console.log("uncaught:", message));
    const client = createTestClient({ user: { sub: "alice" } });
    client.subscribe(() => {
      throw new Error("of the listener");
    });
    client.subscribe(({ status }) => console.log(status));
    client.endSession();`;
  const output = await runOrFail(process.execPath, ["--input-type=module", "--eval", script]);
  assert.deepEqual(output.trim().split("\n"), ["anonymous", "uncaught: of the listener"]);
});

for (const [about, options] of /** @type {[string, any][]} */ ([
  ["users", { users: alice }],
  ["user", { user: "alice" }],
  ["user.sub", { user: { name: "Alice" } }],
  ["reason", { reason: "bored" }],
  ["error", { error: "access_denied" }],
  ["scope", { scope: ["openid"] }],
  ["tokens", { tokens: [] }],
  ["tokenLifetime", { tokenLifetime: -1 }],
  ["now", { now: "today" }],
  ["apis", { apis: ["https://api.example"] }],
  ["sender", { sender: "mtls" }],
  ["options", "alice"],
])) {
  test(`a wrong ${about} of a test client is refused by name: ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => createTestClient(options),
      (error) => withCode("invalid_config")(error) && String(error).endsWith(`: ${about}`),
    );
  });
}

test("a step of a test that there is not is refused", () => {
  const client = createTestClient();
  const anything = /** @type {any} */ (client);
  assert.throws(() => anything.failNext("dance", "network"), withCode("invalid_config"));
  assert.throws(() => anything.endSession("bored"), withCode("invalid_config"));
  assert.throws(() => anything.emit("nonsense"), withCode("invalid_config"));
  assert.throws(() => anything.logIn({}), withCode("invalid_config"));
  assert.throws(() => client.advance(-1), withCode("invalid_config"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";

const journey = journeyOfThisFile();

test("a token at hand is given before anything else can happen, and without a request", async () => {
  const { tab } = await logIn(journey);
  await journey.forgetRequests();
  const order = await tab.evaluate(async ({ client }) => {
    /** @type {string[]} */
    const order = [];
    const asked = client.getAccessToken().then(() => order.push("token"));
    const later = new Promise((resolve) => setTimeout(resolve)).then(() => order.push("task"));
    await Promise.all([asked, later, Promise.resolve().then(() => order.push("microtask"))]);
    return order;
  });
  assert.deepEqual(order, ["token", "microtask", "task"]);
  assert.deepEqual(await journey.requestsTo("token"), []);
});

for (const clock of /** @type {const} */ (["wall", "monotonic"])) {
  test(`a token at hand is renewed once it has expired by the ${clock} clock`, async () => {
    const { tab } = await logIn(journey);
    const [first, second] = await tab.evaluate(async ({ client }, clock) => {
      const first = await client.getAccessToken();
      const clocks = clock === "wall" ? Date : performance;
      const now = clocks.now.bind(clocks);
      clocks.now = () => now() + 3_600_000;
      return [first, await client.getAccessToken()];
    }, clock);
    assert.notEqual(second, first);
  });
}

test("no token is at hand any more when a logout begins, or when another tab has logged out", async () => {
  const context = await newBlankContext(journey);
  const { tab } = await logIn(journey, { context });
  const page = await openBlankPage(journey, context);
  const other = await startClient(page, configFor(journey));
  await other.evaluate(({ client }) => client.getAccessToken());
  const here = await tab.evaluate(async ({ client, failureOf }) => {
    const logout = client.logout({ local: true });
    const failure = await failureOf(client.getAccessToken());
    await logout;
    return failure;
  });
  assert.equal(here?.code, "not_authenticated");
  await untilStatus(page, other, "anonymous");
  const there = await other.evaluate(({ client, failureOf }) => failureOf(client.getAccessToken()));
  assert.equal(there?.code, "not_authenticated");
});

test("a closed client gives no token, as it would not hear of a logout in another tab", async () => {
  const { tab } = await logIn(journey);
  const failures = await tab.evaluate(async ({ client, failureOf }, api) => {
    client.close();
    const calls = [client.getAccessToken(), client.getAccessToken({}), client.fetch(api)];
    return Promise.all(calls.map(failureOf));
  }, journey.stack.api);
  assert.deepEqual(
    failures.map((failure) => failure?.code),
    ["aborted", "aborted", "aborted"],
  );
});

test("the token at hand is not taken for one of another scope, or a new one that is asked for", async () => {
  const { tab } = await logIn(journey);
  const tokens = await tab.evaluate(async ({ client }) => {
    const first = await client.getAccessToken();
    const narrow = await client.getAccessToken({ scope: "inbox.read" });
    const renewed = await client.getAccessToken({ forceRefresh: true });
    return { first, narrow, renewed, after: await client.getAccessToken() };
  });
  const { first, narrow, renewed, after } = tokens;
  assert.equal(new Set([first, narrow, renewed]).size, 3);
  assert.equal(after, renewed);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { configFor, logIn, openBlankPage, startClient, stateOf } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { refusalOf } from "./refusal.mjs";

/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

test("createClient refuses what is no configuration at all", async () => {
  const page = await openBlankPage(journey);
  for (const config of [undefined, null, {}, [], "https://as.example", 7]) {
    assert.equal((await refusalOf(page, config))?.code, "invalid_config", String(config));
  }
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

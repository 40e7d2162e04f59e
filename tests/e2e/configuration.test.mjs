import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginLogin,
  configFor,
  logIn,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { refusalOf } from "./refusal.mjs";
import { signIn } from "./sign_in.mjs";

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

test("the issuer and the client identifier are enough, and everything else has its default", async () => {
  const { issuer, demo, api } = journey.stack;
  const config = { issuer, clientId: "spa" };
  const page = await openBlankPage(journey);
  const pushed = page.waitForRequest(`${issuer}/par`);
  await beginLogin(await startClient(page, config));
  const asked = new URLSearchParams((await pushed).postData() ?? "");
  for (const fresh of ["state", "nonce", "code_challenge", "dpop_jkt"]) {
    assert.match(asked.get(fresh) ?? "", /^[\w-]{43}$/, fresh);
    asked.delete(fresh);
  }
  assert.deepEqual(Object.fromEntries(asked), {
    client_id: "spa",
    response_type: "code",
    redirect_uri: `${demo}/`,
    scope: "openid",
    code_challenge_method: "S256",
  });

  await signIn(page);
  await page.waitForURL(({ origin, searchParams }) => origin === demo && searchParams.has("code"));
  assert.equal((await stateOf(await startClient(page, config))).status, "authenticated");
  assert.equal(page.url(), `${demo}/`);

  // The refresh token rests encrypted, and a session that is restored from it counts at once.
  await journey.breakServer({ endpoint: "any", kind: "drop_before", times: 1000 });
  await page.reload();
  const tab = await startClient(page, config);
  const state = await stateOf(tab);
  assert.ok(state.status === "authenticated" && state.sender === "dpop");
  await journey.repairServer();
  const refused = await tab.evaluate(
    ({ client, failureOf }, url) => failureOf(client.fetch(url)),
    `${api}/me`,
  );
  assert.equal(refused?.code, "url_not_allowed");

  // Without a refresh token that is good there is a silent login.
  await journey.order("POST", "/grants/revoke", {});
  await tab.evaluate(({ client }) => client.getAccessToken({ forceRefresh: true }));
  const left = page.waitForRequest((request) => request.url().startsWith(`${issuer}/logout`));
  await tab.evaluate(({ client }) => void client.logout());
  assert.deepEqual([...new URL((await left).url()).searchParams.keys()].sort(), [
    "client_id",
    "id_token_hint",
  ]);
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

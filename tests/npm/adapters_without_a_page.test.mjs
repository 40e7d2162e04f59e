import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthError } from "portcullis";
import { AuthProvider, RequireAuth, useAuth } from "portcullis/react";
import { createAuth as createSvelteAuth } from "portcullis/svelte";
import { createTestClient } from "portcullis/testing";
import { createAuth as createVueAuth, useAuth as useVueAuth } from "portcullis/vue";
import { createElement as h } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { get } from "svelte/store";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";

const config = { issuer: "https://issuer.example", clientId: "spa" };
const user = { sub: "alice", name: "Alice Archer" };

/** @param {string} code */
const withCode = (code) => (/** @type {unknown} */ error) =>
  error instanceof AuthError && error.code === code;

const Greeting = () => {
  const { status, user } = useAuth();
  return `${status} ${user?.name}`;
};

const vueApp = (/** @type {import("portcullis/vue").AuthPlugin} */ auth) =>
  createSSRApp({
    setup() {
      const { status, user } = useVueAuth();
      return () => `${status.value} ${user.value?.name}`;
    },
  }).use(auth);

test("where there is no page nothing starts, components see that it loads, and calls are refused", async () => {
  assert.equal(renderReact(h(AuthProvider, { config }, h(Greeting))), "loading undefined");
  const members = h(RequireAuth, { fallback: "wait" }, "for members");
  assert.equal(renderReact(h(AuthProvider, { config }, members)), "wait");
  for (const auth of [createVueAuth(config), createSvelteAuth(config)]) {
    await assert.rejects(auth.ready, withCode("unsupported"));
    await assert.rejects(auth.getAccessToken(), withCode("unsupported"));
  }
  assert.match(await renderVue(vueApp(createVueAuth(config))), /loading undefined/);
  assert.equal(get(createSvelteAuth(config)).status, "loading");
});

test("with a client for tests components see its session, and calls are its own", async () => {
  const client = createTestClient({ user });
  assert.equal(renderReact(h(AuthProvider, { client }, h(Greeting))), "authenticated Alice Archer");
  assert.match(await renderVue(vueApp(createVueAuth(client))), /authenticated Alice Archer/);
  assert.equal(await createSvelteAuth(client).getAccessToken(), "test-token-1");
});

test("a change of the session is seen in refs and stores, and calls can be passed on by themselves", async () => {
  const client = createTestClient({ user });
  const { status, error, loginSilently } = createVueAuth(client);
  /** @type {string[]} */
  const told = [];
  createSvelteAuth(client).subscribe((auth) => void told.push(auth.status));
  client.endSession("expired");
  assert.deepEqual([status.value, error.value], ["anonymous", null]);
  client.loginAs = user;
  assert.equal((await loginSilently())?.sub, "alice");
  assert.equal(status.value, "authenticated");
  assert.deepEqual(told, ["authenticated", "anonymous", "authenticated"]);
});

test("a client that is still promised is waited for, and one that can't be had is told", async () => {
  const client = createTestClient({ user });
  const auth = createSvelteAuth(Promise.resolve(client));
  const token = auth.getAccessToken();
  assert.equal(get(auth).status, "loading");
  assert.equal(await token, "test-token-1");
  assert.equal(get(auth).status, "authenticated");

  const broken = createSvelteAuth(Promise.reject(new TypeError("no network")));
  await assert.rejects(broken.ready, withCode("unsupported"));
  assert.equal(get(broken).error?.code, "unsupported");
});

test("a client that the app has made stays open when the adapter is closed", () => {
  const client = createTestClient({ user });
  const auth = createSvelteAuth(client);
  auth.close();
  client.endSession();
  assert.equal(client.closed, false);
  assert.equal(get(auth).status, "authenticated");
});

test("the result of a login that the page was opened with is told once", () => {
  const client = createTestClient({ user, callback: { returnTo: "http://localhost/inbox" } });
  /** @type {(string | undefined)[]} */
  const told = [];
  const onCallback = (/** @type {import("portcullis").CallbackResult} */ { returnTo }) =>
    void told.push(returnTo);
  createSvelteAuth(client, { onCallback });
  createSvelteAuth(client, { onCallback });
  assert.deepEqual(told, ["http://localhost/inbox"]);
});

test("what is neither a configuration nor a client is refused", () => {
  const wrong = /** @type {any} */ ("https://issuer.example");
  assert.throws(() => createVueAuth(wrong), withCode("invalid_config"));
  assert.throws(() => createSvelteAuth(wrong), withCode("invalid_config"));
  assert.throws(() => renderReact(h(AuthProvider, { config: wrong })), withCode("invalid_config"));
});

test("useAuth outside its provider says what is missing", () => {
  assert.throws(() => renderReact(h(Greeting)), /inside an AuthProvider/);
});

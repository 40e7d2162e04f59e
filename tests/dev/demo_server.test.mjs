import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemoServer } from "../../dev/demo_server.mjs";
import { freePorts } from "../../dev/ports.mjs";

const config = {
  issuer: "http://localhost:4191/issuer",
  clientId: "spa",
  api: "http://localhost:4192/api",
};
/** @type {string} */
let origin;
/** @type {Awaited<ReturnType<typeof startDemoServer>>} */
let server;

before(async () => {
  const { demo } = await freePorts();
  origin = `http://localhost:${demo}`;
  server = await startDemoServer({ port: demo, config });
});
after(() => server.close());

test("every answer carries the strict Content-Security-Policy", async () => {
  for (const path of ["/", "/config.json", "/pkg/index.js", "/no-such-file.js"]) {
    const { headers } = await fetch(origin + path);
    const policy = (headers.get("Content-Security-Policy") ?? "").split("; ");
    assert.ok(policy.includes("default-src 'none'"), path);
    assert.ok(policy.includes("script-src 'self' 'wasm-unsafe-eval'"), path);
    assert.ok(
      policy.includes("connect-src 'self' http://localhost:4191 http://localhost:4192"),
      path,
    );
    assert.ok(!policy.some((directive) => directive.includes("unsafe-inline")), path);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff", path);
    assert.equal(headers.get("Referrer-Policy"), "no-referrer", path);
  }
});

test("the page reads the servers it talks to from /config.json", async () => {
  const response = await fetch(`${origin}/config.json`);
  assert.equal(response.headers.get("Content-Type"), "application/json");
  assert.deepEqual(await response.json(), config);
});

test("a route of the app is the page, a missing file is not", async () => {
  const callback = await fetch(`${origin}/callback?code=x`);
  assert.equal(callback.status, 200);
  assert.match(callback.headers.get("Content-Type") ?? "", /^text\/html/);
  assert.equal((await fetch(`${origin}/missing.js`)).status, 404);
  assert.equal((await fetch(`${origin}/pkg/missing.js`)).status, 404);
});

test("the wasm is served with the type that streaming compilation needs", async () => {
  const response = await fetch(`${origin}/pkg/portcullis_bg.wasm`);
  assert.equal(response.headers.get("Content-Type"), "application/wasm");
  await WebAssembly.compile(await response.arrayBuffer());
});

test("nothing outside the served folders can be read", async () => {
  for (const path of ["/../package.json", "/%2e%2e/%2e%2e/package.json", "/pkg/..%2fCargo.toml"]) {
    const response = await fetch(origin + path);
    assert.doesNotMatch(await response.text(), /devDependencies|\[workspace\]/, path);
  }
});

test("only reading is allowed", async () => {
  const response = await fetch(origin, { method: "POST" });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("Allow"), "GET, HEAD");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf } from "./complaints.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";

const journey = journeyOfThisFile();

/** @param {{ issuer: string, api: string }} servers */
const quickStart = ({ issuer, api }) => `
  import { createClient } from "/pkg/index.js";

  const client = await createClient({
    issuer: "${issuer}",
    clientId: "spa",
    scope: "openid profile email offline_access inbox.read",
    resource: "${api}",
    apis: ["${api}"],
  });
  if (client.state.status === "anonymous") {
    await client.loginWithRedirect({ returnTo: location.pathname });
  }
  const response = await client.fetch("${api}/me");
  document.body.textContent = "Hello " + client.state.user.name + ", " + (await response.text());
`;

test("the quick start logs in and calls the API under the demo's Content-Security-Policy", async () => {
  const context = await journey.newContext();
  const complaints = await complaintsOf(context, journey.stack.demo);
  await context.route(`${journey.stack.demo}/main.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: quickStart(journey.stack) }),
  );
  const page = await context.newPage();
  await page.goto(`${journey.stack.demo}/`);
  await signIn(page);
  await page.getByText('Hello Alice Archer, {"sub":"alice"').waitFor();
  assert.equal(page.url(), `${journey.stack.demo}/`);
  assert.deepEqual(complaints, []);
});

test("importing the package does nothing: no request, nothing stored", async () => {
  const context = await journey.newContext();
  await context.route(`${journey.stack.demo}/main.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: 'import "/pkg/index.js";' }),
  );
  const page = await context.newPage();
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => void requests.push(new URL(request.url()).pathname));
  await page.goto(`${journey.stack.demo}/`, { waitUntil: "networkidle" });
  assert.ok(requests.includes("/pkg/index.js"));
  assert.ok(!requests.some((path) => path.endsWith(".wasm")));
  assert.deepEqual(await page.evaluate(() => indexedDB.databases()), []);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";
import { complaintsOf } from "./complaints.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";

const journey = journeyOfThisFile();

const readme = readFileSync(join(root, "README.md"), "utf8");

/**
 * The code of the README's quick start for JavaScript, about the servers of this journey.
 *
 * @param {"html" | "js"} language
 */
function quickStart(language) {
  const section = readme
    .split("\n## ")
    .find((part) => part.startsWith("Quick start for JavaScript"));
  const code = section?.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  assert.ok(code, `the README has no quick start in ${language}`);
  const { issuer, api } = journey.stack;
  return code.replace("http://localhost:4181", issuer).replace("http://localhost:4182/api", api);
}

/**
 * Has the demo's page become that of the README.
 *
 * @param {import("playwright-core").BrowserContext} context
 */
async function becomeQuickStart(context) {
  const [page, script] = quickStart("html").split('<script type="module">');
  // The policy wants scripts in files of their own.
  const scripts = {
    "main.js": `document.documentElement.innerHTML = ${JSON.stringify(page)};
      import("/quick_start.js");`,
    "quick_start.js": script.replace("</script>", "").replace('"portcullis"', '"/pkg/index.js"'),
  };
  for (const [name, body] of Object.entries(scripts)) {
    await context.route(`${journey.stack.demo}/${name}`, (route) =>
      route.fulfill({ contentType: "text/javascript", body }),
    );
  }
}

test("the README's page logs in and out under the demo's Content-Security-Policy", async () => {
  const { demo } = journey.stack;
  const context = await journey.newContext();
  const complaints = await complaintsOf(context, demo);
  await becomeQuickStart(context);
  const tab = await context.newPage();
  await tab.goto(`${demo}/`);
  await tab.getByText("Not logged in").waitFor();
  await tab.getByRole("button", { name: "Log in" }).click();
  await signIn(tab);
  await tab.getByText("Hello, Alice Archer").waitFor();
  assert.equal(tab.url(), `${demo}/`);
  const back = tab.waitForURL(({ searchParams }) => searchParams.has("state"));
  await tab.getByRole("button", { name: "Log out" }).click();
  await back;
  await tab.waitForURL(`${demo}/`);
  await tab.getByText("Not logged in").waitFor();
  assert.deepEqual(complaints, []);
});

test("the README's buttons can't be pressed before there is a client, so that no click is lost", async () => {
  const context = await journey.newContext();
  await becomeQuickStart(context);
  /** @type {Promise<import("playwright-core").Route>} */
  const held = new Promise((resolve) => {
    void context.route(`${journey.stack.demo}/pkg/index.js`, resolve, { times: 1 });
  });
  const tab = await context.newPage();
  await tab.goto(`${journey.stack.demo}/`, { waitUntil: "commit" });
  const route = await held;
  const [login, logout] = ["Log in", "Log out"].map((name) => tab.getByRole("button", { name }));
  assert.deepEqual([await login.isDisabled(), await logout.isDisabled()], [true, true]);
  // It waits until the button can be pressed.
  const clicked = login.click();
  await route.continue();
  await clicked;
  await signIn(tab);
  await tab.getByText("Hello, Alice Archer").waitFor();
});

test("the README's call of an API is answered", async () => {
  const { demo, issuer } = journey.stack;
  const [begin, call] = quickStart("js").split("const response");
  const body = `
    import { createClient } from "/pkg/index.js";
    const issuer = "${issuer}";
    ${begin}
    if (client.state.status === "anonymous") await client.loginWithRedirect();
    const response ${call}
    document.body.textContent = await response.text();
  `;
  const context = await journey.newContext();
  await context.route(`${demo}/main.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body }),
  );
  const page = await context.newPage();
  await page.goto(`${demo}/`);
  await signIn(page);
  await page.getByText('{"sub":"alice"').waitFor();
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

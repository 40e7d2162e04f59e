import assert from "node:assert/strict";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { closeContexts } from "../browser_contexts.mjs";
import { complaintsOf } from "../e2e/complaints.mjs";
import { allow, enterPassword } from "../e2e/sign_in.mjs";
import { logOut } from "./login.mjs";
import { devServer } from "./serving.mjs";
import { testbedOfThisFile } from "./testbed.mjs";

const LIMIT_MS = 60_000;

const testbed = testbedOfThisFile();

/**
 * @typedef {object} Edit a change of a file that the developer saves while the page is open; each of
 *   another file, as Vite takes two within a moment for one
 * @property {string} file
 * @property {[from: string, to: string][]} change
 * @property {string} shows what the page shows then
 */

/** @type {Record<string, Edit[]>} */
const EDITS = {
  react: [
    {
      file: "Home.jsx",
      // With another hook React mounts the component anew.
      change: [
        ["useAuth();", "useAuth(); const status = useAuth(({ status }) => status);"],
        ["{user ?", "{status} {user ?"],
      ],
      shows: "authenticated Welcome, Alice Archer",
    },
    {
      ...{ file: "App.jsx", shows: "Alice Archer (alice)" },
      change: [["{user.name}", "{user.name} ({user.sub})"]],
    },
  ],
  vue: [
    {
      file: "Home.vue",
      // With another script Vue makes the component anew.
      change: [
        ["{ user, error }", "{ user, error, status }"],
        ["{{ user ?", "{{ status }} {{ user ?"],
      ],
      shows: "authenticated Welcome, Alice Archer",
    },
    {
      ...{ file: "App.vue", shows: "Alice Archer (alice)" },
      change: [["{{ user.name }}", "{{ user.name }} ({{ user.sub }})"]],
    },
  ],
  svelte: [
    {
      ...{ file: "Home.svelte", shows: "authenticated Welcome, Alice Archer" },
      change: [["{$auth.user ?", "{$auth.status} {$auth.user ?"]],
    },
    {
      // The store is made anew, and with it the components that import it.
      ...{ file: "auth.js", shows: "authenticated Welcome, Alice Archer" },
      change: [["export { api };", "export { api }; // made anew"]],
    },
  ],
};

/** @param {string} text */
const isSaying = (text) => (/** @type {import("playwright-core").ConsoleMessage} */ message) =>
  message.text().startsWith(text);

/**
 * Logs in, saves each edit, and sees that the page shows it with the session as it was.
 *
 * @param {Edit[]} edits
 * @returns {import("./testbed.mjs").Visit<void>}
 */
const workOn = (edits) => async (browser, origin, project) => {
  const context = await browser.newContext();
  context.setDefaultTimeout(LIMIT_MS);
  try {
    const complaints = await complaintsOf(context, origin);
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    await page.getByRole("button", { name: "Log in" }).first().click();
    await enterPassword(page);
    // What is saved before that does not reach the page.
    const connected = page.waitForEvent("console", isSaying("[vite] connected."));
    await allow(page);
    await page.getByText("Welcome, Alice Archer").waitFor();
    await connected;
    await page.evaluate(() => Object.assign(window, { isSame: true }));
    /** @type {string[]} */
    const sent = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(origin)) sent.push(request.url());
    });

    for (const { file, change, shows } of edits) {
      const path = join(project, "src", file);
      let code = readFileSync(path, "utf8");
      for (const [from, to] of change) {
        assert.ok(code.includes(from), `${file}: ${from}`);
        code = code.replace(from, to);
      }
      const updated = page.waitForEvent("console", isSaying("[vite] hot updated"));
      // Whole at once: Vite may look while a file that is written in its place is still empty.
      writeFileSync(`${project}.edited`, code);
      renameSync(`${project}.edited`, path);
      await updated;
      await page.getByText(shows).first().waitFor();
    }
    assert.ok(await page.evaluate(() => "isSame" in window));
    assert.deepEqual([sent, complaints], [[], []]);
    await logOut(page, origin);
  } finally {
    await closeContexts([context]);
  }
};

describe("hot reload keeps the session, asks the server for nothing and loads no page anew", () => {
  for (const [name, edits] of Object.entries(EDITS)) {
    test(`in an app in ${name}`, () =>
      testbed.visit([`examples/${name}-app`], devServer, workOn(edits)));
  }
});

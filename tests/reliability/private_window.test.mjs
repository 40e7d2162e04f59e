import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { engines } from "./engines.mjs";
import { Household } from "./household.mjs";

// Playwright's contexts and WebKitGTK under WebDriver are private in all tests.
const household = new Household();
before(() => household.begin(engines.privateFirefox));
after(() => household.end());

test("a session is stored in a private window of Firefox too, and shared by its tabs", async () => {
  const first = await household.logIn();
  assert.equal(await household.ask(first, "isPrivateInFirefox"), true);
  await household.forgetRequests();
  const tabs = [first, await household.openTab()];
  assert.deepEqual(await household.requestsTo("token"), []);
  await household.ask(first, "token", { forceRefresh: true });
  const tokens = await household.askAll(tabs, "token");
  assert.equal(new Set(tokens).size, 1);
  for (const tab of tabs) await household.kill(tab);

  const later = await household.openTab();
  assert.equal(await household.ask(later, "status"), "authenticated");
  const grants = (await household.requestsTo("token")).map(({ grantType }) => grantType);
  assert.deepEqual(grants, ["refresh_token", "refresh_token"]);
  const troubles = [...tabs, later].flatMap((tab) => household.told(tab, "log"));
  assert.ok(troubles.every(({ code }) => code !== "storage_unavailable"));
});

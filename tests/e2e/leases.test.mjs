import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { giveTimeToHandOver } from "./handover.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { TokenTraffic } from "./token_traffic.mjs";

const journey = journeyOfThisFile();

test("five tabs without Web Locks that refresh at one moment send one request, four times over", async () => {
  const context = await newBlankContext(journey);
  await giveTimeToHandOver(context);
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  });
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const tabs = [(await logIn(journey, { context })).tab];
  while (tabs.length < 5) {
    tabs.push(await startClient(await openBlankPage(journey, context), configFor(journey)));
  }
  const tokensOfAll = async () =>
    new Set(
      await Promise.all(tabs.map((tab) => tab.evaluate(({ client }) => client.getAccessToken()))),
    );
  assert.equal((await tokensOfAll()).size, 1);
  assert.equal(traffic.requests.length, 1);

  for (const round of [1, 2, 3, 4]) {
    await Promise.all(tabs.map((tab) => tab.evaluate(({ client }) => client.refresh())));
    assert.equal(traffic.requests.length, 1 + round);
    assert.equal((await tokensOfAll()).size, 1);
  }
  for (const tab of tabs) assert.equal((await stateOf(tab)).status, "authenticated");
});

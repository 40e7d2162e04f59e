import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { beginLogin, configFor, logIn, openBlankPage, startClient } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { deny, enterPassword, signIn } from "./sign_in.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */

const journey = journeyOfThisFile();

/**
 * Begins a login and gives the URL that the user was sent to.
 *
 * @param {Partial<ClientConfig>} changes
 */
async function authorizationUrl(changes) {
  const page = await openBlankPage(journey);
  const tab = await startClient(page, configFor(journey, changes));
  const sent = page.waitForRequest((request) => request.url().includes("/authorize?"));
  await beginLogin(tab, { loginHint: "alice" });
  const url = new URL((await sent).url());
  await enterPassword(page);
  return [...url.searchParams.keys()].sort();
}

describe("pushed authorization requests", () => {
  test("go to the server first, and only a reference to them goes through the address bar", async () => {
    assert.deepEqual(await authorizationUrl({}), ["client_id", "request_uri"]);
    const pushed = await journey.requestsTo("pushed_authorization_request");
    assert.deepEqual(
      pushed.map(({ status }) => status),
      [201],
    );
  });

  test("can be left out", async () => {
    const parameters = await authorizationUrl({ par: "off" });
    assert.ok(parameters.includes("code_challenge") && parameters.includes("login_hint"));
    assert.deepEqual(await journey.requestsTo("pushed_authorization_request"), []);
  });

  test("are never replaced by plain ones where they are required", async () => {
    const { issuer } = journey.stack;
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    };
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey, { par: "required", metadata }));
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.loginWithRedirect()),
    );
    assert.equal(failure?.code, "unsupported");
    assert.deepEqual(await journey.requestsTo("authorization"), []);
  });
});

describe("a login by device code", () => {
  /**
   * Begins one and gives what the user is shown.
   *
   * @param {import("playwright-core").Page} page
   * @param {TabHandle} tab
   */
  async function prompt(page, tab) {
    const told = await page.evaluateHandle(({ client, failureOf }) => {
      /** @type {{ prompt?: import("portcullis").DevicePrompt, settled: Promise<any>, give: AbortController }} */
      const login = { settled: Promise.resolve(), give: new AbortController() };
      const { signal } = login.give;
      const onPrompt = (/** @type {import("portcullis").DevicePrompt} */ prompt) =>
        void (login.prompt = prompt);
      login.settled = failureOf(client.loginWithDevice({ onPrompt, signal }));
      return login;
    }, tab);
    await page.waitForFunction((login) => login.prompt !== undefined, told);
    return told;
  }

  test("is finished in another browser", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    const login = await prompt(page, tab);
    const url = await login.evaluate(({ prompt }) => prompt?.verificationUriComplete);

    const elsewhere = await (await journey.newContext()).newPage();
    await elsewhere.goto(String(url));
    await elsewhere.getByRole("button", { name: "This is my device" }).click();
    await signIn(elsewhere);

    assert.equal(await login.evaluate(({ settled }) => settled), null);
    const user = await tab.evaluate(({ client }) =>
      client.state.status === "authenticated" ? client.state.user.sub : null,
    );
    assert.equal(user, "alice");
  });

  test("fails with access_denied when the user says no there", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    const login = await prompt(page, tab);
    const url = await login.evaluate(({ prompt }) => prompt?.verificationUriComplete);
    const elsewhere = await (await journey.newContext()).newPage();
    await elsewhere.goto(String(url));
    await elsewhere.getByRole("button", { name: "This is my device" }).click();
    await enterPassword(elsewhere);
    await deny(elsewhere);
    const failure = await login.evaluate(({ settled }) => settled);
    assert.equal(failure.code, "access_denied");
    assert.equal(await tab.evaluate(({ client }) => client.state.status), "anonymous");
  });

  test("fails with device_expired when the server says that the time is over", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    const login = await prompt(page, tab);
    await journey.breakServer({
      ...{ endpoint: "token", kind: "respond", status: 400 },
      ...{ body: { error: "expired_token" }, headers: { "content-type": "application/json" } },
    });
    const failure = await login.evaluate(({ settled }) => settled);
    assert.equal(failure.code, "device_expired");
  });

  test("asks later and later while the server says slow_down", async () => {
    const page = await openBlankPage(journey);
    await page.clock.install();
    const polls = await page.evaluateHandle((token) => {
      /** @type {number[]} */
      const polls = [Date.now()];
      const fetch = window.fetch.bind(window);
      window.fetch = (input, init) => {
        if (input instanceof Request && input.url === token) polls.push(Date.now());
        return fetch(input, init);
      };
      return polls;
    }, `${journey.stack.issuer}/token`);
    const tab = await startClient(page, configFor(journey));
    await prompt(page, tab);
    // RFC 8628: every five seconds where the server names no time, and five more from then on.
    for (const [index, seconds] of [5, 10, 15].entries()) {
      await journey.breakServer({
        ...{ endpoint: "token", kind: "respond", status: 400 },
        ...{ body: { error: "slow_down" }, headers: { "content-type": "application/json" } },
      });
      while ((await polls.evaluate(({ length }) => length)) < index + 2) {
        await page.clock.runFor(1000);
        // In earnest, so that the page reads the answer to the poll before.
        await page.evaluate(async () => void (await fetch("/config.json")));
      }
      const between = await polls.evaluate((at) => at[at.length - 1] - at[at.length - 2]);
      assert.ok(between >= seconds * 1000, `${between} ms`);
    }
  });

  test("goes on where the app fails to show what it is to, and the failure is the page's", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    const failed = page.waitForEvent("pageerror");
    const login = await tab.evaluateHandle(({ client, failureOf }) => {
      const give = new AbortController();
      const onPrompt = () => {
        throw new Error("the app's own fault");
      };
      return {
        give,
        settled: failureOf(client.loginWithDevice({ onPrompt, signal: give.signal })),
      };
    });
    assert.match((await failed).message, /the app's own fault/);
    const failure = await login.evaluate(({ give, settled }) => {
      give.abort();
      return settled;
    });
    assert.equal(failure?.code, "aborted");
  });

  test("is unsupported where the server has no endpoint for it, and shows nothing", async () => {
    const { issuer } = journey.stack;
    const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { device_authorization_endpoint, ...metadata } = await discovery.json();
    assert.ok(device_authorization_endpoint);
    const tab = await startClient(await openBlankPage(journey), configFor(journey, { metadata }));
    const failure = await tab.evaluate(({ client, failureOf }) => {
      const onPrompt = () => {
        throw new Error("nothing is to be shown");
      };
      return failureOf(client.loginWithDevice({ onPrompt }));
    });
    assert.equal(failure?.code, "unsupported");
  });

  test("can be given up", async () => {
    const page = await openBlankPage(journey);
    const tab = await startClient(page, configFor(journey));
    const login = await prompt(page, tab);
    const failure = await login.evaluate(({ give, settled }) => {
      give.abort();
      return settled;
    });
    assert.equal(failure.code, "aborted");
    assert.equal(await tab.evaluate(({ client }) => client.state.status), "anonymous");
  });
});

describe("an API that asks for a stronger login", () => {
  const CHALLENGE =
    'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="60"';

  /** @param {Partial<ClientConfig>} [changes] */
  async function loggedIn(changes) {
    const { page, tab } = await logIn(journey, { config: configFor(journey, changes) });
    await page.route(`${journey.stack.api}/**`, (route) =>
      route.fulfill({
        status: 401,
        headers: {
          "access-control-allow-origin": journey.stack.demo,
          "access-control-expose-headers": "WWW-Authenticate",
          "www-authenticate": CHALLENGE,
        },
      }),
    );
    return { page, tab };
  }

  test("is heard as an event, and its answer is given on", async () => {
    const { tab } = await loggedIn();
    const heard = await tab.evaluate(async ({ client }, url) => {
      /** @type {unknown[]} */
      const asked = [];
      client.on("stepUp", (event) => void asked.push(event));
      const { status } = await client.fetch(url);
      return { status, asked };
    }, `${journey.stack.api}/me`);
    assert.deepEqual(heard, {
      status: 401,
      asked: [{ acrValues: "gold silver", maxAge: 60 }],
    });
  });

  test("gets the user a login with what it asked for, if so configured", async () => {
    const { page, tab } = await loggedIn({ stepUp: "redirect", par: "off" });
    const sent = page.waitForRequest((request) => request.url().includes("/authorize?"));
    await tab.evaluate(({ client }, url) => void client.fetch(url), `${journey.stack.api}/me`);
    const { searchParams } = new URL((await sent).url());
    assert.equal(searchParams.get("acr_values"), "gold silver");
    assert.equal(searchParams.get("max_age"), "60");
  });

  test("and is not content with it sends nobody round and round", async () => {
    const { page, tab } = await loggedIn({ stepUp: "redirect", par: "off" });
    const sent = page.waitForRequest((request) => request.url().includes("/authorize?"));
    await tab.evaluate(({ client }, url) => void client.fetch(url), `${journey.stack.api}/me`);
    await sent;
    await page.goto(`${journey.stack.demo}/blank`);
    const again = await startClient(page, configFor(journey, { stepUp: "redirect", par: "off" }));
    const status = await again.evaluate(
      async ({ client }, url) => (await client.fetch(url)).status,
      `${journey.stack.api}/me`,
    );
    assert.equal(status, 401);
  });
});

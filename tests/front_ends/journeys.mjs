import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { By } from "selenium-webdriver";
import { Person } from "./person.mjs";

const APPS = /** @type {const} */ (["yew", "leptos"]);
const USER = "Good to see you, Alice Archer";

/**
 * What people do in the Yew and the Leptos example, and in both at once.
 *
 * @param {import("../reliability/engines.mjs").Engine} engine
 */
export function journeysIn(engine) {
  describe(`in ${engine.name}`, () => {
    const person = new Person();
    before(() => person.begin(engine));
    afterEach(() => person.cleanUp());
    after(() => person.end());

    for (const app of APPS) {
      describe(`the ${app} app`, () => {
        test("logs in and out", async () => {
          await logIn(person, app);
          await person.click("Log out");
          await person.untilAt(`/${app}/`);
          await person.untilText("Welcome");
        });

        test("brings back to the protected page that was opened first", async () => {
          await person.open(`/${app}/inbox`);
          await person.signIn();
          await person.untilAt(`/${app}/inbox`);
          await person.untilText("Your token may read this.");
        });

        test("shows a refresh that nobody asked for", async () => {
          await logIn(person, app);
          await person.order("POST", "/access-tokens", { ttl: 4 });
          await person.open(`/${app}/profile`);
          await untilTokenChanges(person);
          await untilTokenChanges(person);
          assert.match(await person.text(), /alice@/);
          assert.deepEqual(await person.requestsTo("interaction"), []);
        });

        test("sees the logout in another tab, and stays where it is", async () => {
          await logIn(person, app);
          const first = await person.driver.getWindowHandle();
          await person.click("Inbox");
          await person.untilText("Your token may read this.");
          await person.openTab(`/${app}/`);
          await person.untilText(USER);
          await person.click("Log out");
          await person.untilText("Welcome");
          await person.lookAt(first);
          await person.untilText("You are logged out.");
          await person.untilAt(`/${app}/inbox`);
          assert.doesNotMatch(await person.text(), /Your token/);
        });

        test("leaves for the login once when the server ends the session, and not again and again", async () => {
          await logIn(person, app);
          await person.order("POST", "/access-tokens", { ttl: 4 });
          await person.open(`/${app}/inbox`);
          await person.endAllSessions();
          await person.signIn();
          await person.untilText("Your token may read this.");
          const asked = (await person.requestsTo("interaction")).length;
          await person.endAllSessions();
          await person.untilText("You are logged out.");
          await person.click("Home");
          await person.untilText("Welcome");
          await person.click("Inbox");
          await person.untilText("You are logged out.");
          assert.equal((await person.requestsTo("interaction")).length, asked);
          await person.click("Log in");
          await person.signIn();
          await person.untilText("Your token may read this.");
        });

        test("tells of a login that was denied, and does not try again by itself", async () => {
          await person.open(`/${app}/profile`);
          await person.signIn("Deny");
          await person.untilAt(`/${app}/profile`);
          await person.untilText("denied");
          const asked = (await person.requestsTo("authorization")).length;
          await person.click("Home");
          await person.untilText("The login did not work");
          assert.equal((await person.requestsTo("authorization")).length, asked);
        });

        test("without the feature `dpop` takes no token that is bound to a key", async () => {
          await person.breakServer({
            ...{ endpoint: "token", kind: "body" },
            body: { access_token: "bound", token_type: "DPoP", expires_in: 600, id_token: "a.b.c" },
          });
          await person.open(`/${app}/`);
          await person.click("Log in");
          await person.signIn();
          await person.untilText(
            "The login did not work: the token type is not the one negotiated",
          );
          assert.equal((await person.requestsTo("token")).length, 1);
        });
      });
    }

    test("a login in the Leptos app is one in the Yew app, and costs it no request", async () => {
      await logIn(person, "leptos");
      const leptos = await person.driver.getWindowHandle();
      await person.openTab("/yew/inbox");
      await person.untilText("Your token may read this.");
      for (const endpoint of /** @type {const} */ (["authorization", "interaction", "token"])) {
        assert.deepEqual(await person.requestsTo(endpoint), []);
      }

      await person.click("Log out");
      await person.untilText("Welcome");
      await person.lookAt(leptos);
      await person.untilText("Welcome");
    });
  });
}

/**
 * @param {Person} person
 * @param {typeof APPS[number]} app
 */
async function logIn(person, app) {
  await person.open(`/${app}/`);
  await person.click("Log in");
  await person.signIn();
  await person.untilAt(`/${app}/`);
  await person.untilText(USER);
  // What comes after this is what counts.
  await person.forgetRequests();
}

/** @param {Person} person */
async function untilTokenChanges(person) {
  const shown = async () => {
    const found = await person.driver.findElements(By.css("time"));
    return (await found[0]?.getAttribute("datetime")) ?? null;
  };
  await person.until("the profile", async () => (await shown()) !== null);
  const before = await shown();
  await person.until("another token", async () => (await shown()) !== before);
}

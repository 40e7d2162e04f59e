import assert from "node:assert/strict";
import { Chance } from "./chance.mjs";

/** @typedef {import("./household.mjs").Household} Household */
/** @typedef {import("./household.mjs").Tab} Tab */

const FORCED = { forceRefresh: true };
/** The most tabs that a person has open. */
const MOST_TABS = 5;
/** How many mishaps come one after another before everything has to be well again. */
const AT_ONCE = 5;
const RECOVERED_WITHIN_MS = 60_000;
/** The failures that say nothing of the session. */
const PASSING = /^token: (network|timeout|http_status|invalid_json):/;
/** Longer than a client goes without asking for the keys once more. */
const KEYS_REST_MS = 70_000;

/** What the token endpoint does wrong. */
const FAULTS = [
  { kind: "drop_before" },
  { kind: "drop_before", times: 20 },
  { kind: "drop_after" },
  { kind: "drop_after", times: 3 },
  { kind: "delay", delayMs: 2000 },
  { kind: "delay_after", delayMs: 2000 },
  { kind: "delay_after", delayMs: 60_000 },
  { kind: "respond", status: 500 },
  { kind: "respond", status: 503, times: 3 },
  { kind: "respond", status: 429, headers: { "retry-after": "1" } },
  { kind: "respond", status: 502, cors: false },
  { kind: "respond", status: 200, body: "<!doctype html><title>Portal</title>" },
  { kind: "body", body: '{"access_token":' },
];

/**
 * A person's tabs, whose access token expires every few seconds, while one mishap follows another. A seed
 * says which.
 */
export class Soak {
  /** How many mishaps there were. */
  mishaps = 0;
  #household;
  #chance;
  #rotatedAt = -Infinity;
  /** @type {Tab[]} */
  #tabs;

  /**
   * @param {Household} household
   * @param {Tab[]} tabs
   * @param {string} seed
   */
  constructor(household, tabs, seed) {
    this.#household = household;
    this.#tabs = tabs;
    this.#chance = new Chance(seed);
  }

  /** @param {number} until milliseconds since the epoch */
  async run(until) {
    while (Date.now() < until) {
      for (let count = this.#chance.below(AT_ONCE); count >= 0; count -= 1) {
        this.mishaps += 1;
        await this.#mishap();
      }
      await this.#recover();
    }
  }

  async #mishap() {
    const mishaps = [
      () => this.#household.breakServer({ endpoint: "token", ...this.#chance.of(FAULTS) }),
      () => this.#household.breakServer({ endpoint: "token", ...this.#chance.of(FAULTS) }),
      () => this.#everybodyRefreshes(),
      () => this.#oneRefreshesAndIsKilled(),
      () => this.#oneMoreTab(),
      () => this.#serverRotatesKeys(),
      () => this.#serverRestarts(),
    ];
    await this.#chance.of(mishaps)();
  }

  async #everybodyRefreshes() {
    for (const tab of this.#tabs) await this.#household.tell(tab, "token", FORCED);
  }

  async #oneRefreshesAndIsKilled() {
    if (this.#tabs.length === 1) return;
    const [victim] = this.#tabs.splice(this.#chance.below(this.#tabs.length), 1);
    await this.#household.tell(victim, "token", FORCED);
    await this.#household.kill(victim);
  }

  async #oneMoreTab() {
    if (this.#tabs.length === MOST_TABS) return;
    const tab = this.#chance.of(this.#tabs);
    await this.#household.repairServer();
    this.#tabs.push(await this.#household.duplicate(tab));
  }

  /** A client that has just asked for the keys does not ask again, so not sooner. */
  async #serverRotatesKeys() {
    if (performance.now() - this.#rotatedAt < KEYS_REST_MS) return;
    this.#rotatedAt = performance.now();
    await this.#household.order("POST", "/keys/rotate", { keepOld: this.#chance.below(2) === 0 });
  }

  async #serverRestarts() {
    await this.#nobodyWasSentToLogin();
    await this.#household.stack.authorizationServer.stop();
    await this.#everybodyRefreshes();
    await this.#household.stack.authorizationServer.start();
  }

  /** Once nothing is wrong any more, every tab can have a new token, and the API takes it. */
  async #recover() {
    await this.#household.repairServer();
    for (const tab of this.#tabs) await this.#renew(tab);
    for (const status of await this.#household.askAll(this.#tabs, "callApi")) {
      assert.equal(status, 200);
    }
    await this.#nobodyWasSentToLogin();
  }

  /**
   * A call that joins a refresh of before may fail with it, and so may one while the server has asked
   * to wait.
   *
   * @param {Tab} tab
   */
  async #renew(tab) {
    const deadline = performance.now() + RECOVERED_WITHIN_MS;
    for (;;) {
      try {
        return await this.#household.ask(tab, "token", FORCED);
      } catch (error) {
        const isPassing = PASSING.test(/** @type {Error} */ (error).message);
        if (!isPassing || performance.now() > deadline) throw error;
      }
    }
  }

  async #nobodyWasSentToLogin() {
    assert.deepEqual(await this.#household.requestsTo("interaction"), []);
    assert.deepEqual(this.#household.anonymous, []);
  }
}

// Locks that the tabs of an origin take in turn: Web Locks, or where there are none a record in the
// database, which lapses unless its holder renews it.

/** @typedef {import("./database.js").Database} Database */

/** How long a lease lasts that is not renewed, in milliseconds: longer than the tab of a slow request is held back from renewing it. */
const LIFETIME = 30_000;
/** How long one that has lapsed by the wall clock has to lie there unchanged, in milliseconds: the clock may have jumped, and then its holder renews it. */
const DOUBT = 5_000;
/** How often a lease is renewed, in milliseconds. */
const RENEWAL = 2_000;
/** How long a release may go unheard, in milliseconds. */
const POLL = 500;
/** Where tabs are told of a release. */
const CHANNEL = "portcullis leases";

/**
 * A lock that was asked for. It is had once `result` is there, until `stop` gives it back or up.
 *
 * @typedef {object} Lock
 * @property {Promise<unknown>} result
 * @property {() => void} stop
 * @property {() => Promise<boolean>} isHeld whether it was not lost while the page was frozen
 */

/** The locks of one tab. */
export class Locks {
  #database;
  /**
   * The leases that this tab has of itself alone, where there is no store.
   *
   * @type {Set<string>}
   */
  #own = new Set();

  /** @param {Database} database */
  constructor(database) {
    this.#database = database;
  }

  /**
   * Asks for the lock of this name.
   *
   * @param {string} name
   * @returns {Lock}
   */
  request(name) {
    return navigator.locks
      ? webLock(name, "exclusive")
      : new Lease(this.#database, this.#own, name);
  }

  /**
   * Asks to count under this name; where there are no Web Locks nobody counts.
   *
   * @param {string} name
   * @returns {Lock | undefined}
   */
  bePresent(name) {
    return navigator.locks && webLock(name, "shared");
  }

  /**
   * Whether another tab counts under this name; true where that can't be known.
   *
   * @param {string} name
   */
  async othersPresent(name) {
    if (!navigator.locks) return true;
    const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
    return held.filter((lock) => lock.name === name).length > 1;
  }
}

/**
 * @param {string} name
 * @param {LockMode} mode
 * @returns {Lock}
 */
function webLock(name, mode) {
  /** @type {() => void} */
  let stop = () => {};
  const stopped = /** @type {Promise<void>} */ (new Promise((resolve) => (stop = resolve)));
  const result = new Promise((resolve, reject) => {
    const granted = () => {
      resolve(undefined);
      return stopped;
    };
    navigator.locks
      .request(name, { mode }, granted)
      .catch(() => reject("unsupported navigator.locks"));
  });
  return { result, stop, isHeld: async () => true };
}

/**
 * A lease that is renewed until it is given back.
 *
 * @implements {Lock}
 */
class Lease {
  #database;
  #own;
  #key;
  #owner = crypto.randomUUID();
  #isOver = false;
  #isOwn = false;

  /**
   * @param {Database} database
   * @param {Set<string>} own
   * @param {string} name
   */
  constructor(database, own, name) {
    this.#database = database;
    this.#own = own;
    this.#key = `lease ${name}`;
    this.result = this.#acquire();
  }

  async #acquire() {
    const releases = new BroadcastChannel(CHANNEL);
    const seen = new Seen();
    try {
      while (!this.#isOver) {
        const release = new Promise((resolve) => (releases.onmessage = resolve));
        if (await this.#take(seen)) return;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        let poll;
        await Promise.race([release, new Promise((wake) => (poll = setTimeout(wake, POLL)))]);
        clearTimeout(poll);
      }
    } finally {
      releases.close();
    }
  }

  /** @param {Seen} seen */
  async #take(seen) {
    try {
      const isTaken = await this.#database.change(this.#key, (found) =>
        found === undefined || seen.hasLapsed(String(found)) ? this.#text() : undefined,
      );
      // What was given up while the store was at it is given back.
      if (isTaken && this.#isOver) void this.#release();
      else if (isTaken) void this.#renew();
      return isTaken;
    } catch {
      // What no tab can store, no tab has in common with another.
      if (this.#isOver || this.#own.has(this.#key)) return false;
      this.#own.add(this.#key);
      this.#isOwn = true;
      return true;
    }
  }

  /** Renews it until it is over, or another tab's. */
  async #renew() {
    let isOurs = true;
    while (isOurs) {
      await new Promise((wake) => setTimeout(wake, RENEWAL));
      if (this.#isOver) return;
      isOurs = await this.#changeOwn(() => this.#text()).catch(() => true);
    }
  }

  async isHeld() {
    if (this.#isOwn) return true;
    // Whoever can't read it can't read what it guards either.
    return this.#database.load(this.#key).then(
      (found) => this.#isOurs(found),
      () => true,
    );
  }

  stop() {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isOwn) this.#own.delete(this.#key);
    void this.#release();
  }

  async #release() {
    // What can't be released lapses.
    if (await this.#changeOwn(() => null).catch(() => false)) {
      const channel = new BroadcastChannel(CHANNEL);
      // Whoever does not hear it looks again soon.
      channel.postMessage(null);
      channel.close();
    }
  }

  /**
   * Changes it if it is still of this tab; says whether it was.
   *
   * @param {() => string | null} change
   */
  #changeOwn(change) {
    return this.#database.change(this.#key, (found) =>
      this.#isOurs(found) ? change() : undefined,
    );
  }

  /** @param {unknown} found */
  #isOurs(found) {
    return String(found).split(" ")[0] === this.#owner;
  }

  #text() {
    return `${this.#owner} ${Math.floor(Date.now() + LIFETIME)}`;
  }
}

/** The lease of another tab, and since when it has not changed by the monotonic clock. */
class Seen {
  #text = "";
  #since = performance.now();

  /**
   * Whether a lease has lapsed: it was seen unchanged for as long as it lasts, or it lapsed before this
   * tab came and nobody renews it.
   *
   * @param {string} text
   */
  hasLapsed(text) {
    const now = performance.now();
    if (this.#text !== text) {
      this.#text = text;
      this.#since = now;
    }
    const left = Number(text.split(" ")[1] ?? 0) - Date.now();
    const isGoodByWallClock = left > 0 && left <= LIFETIME;
    return now - this.#since >= (isGoodByWallClock ? LIFETIME : DOUBT);
  }
}

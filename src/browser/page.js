// The page: its URL, its life, its clock, the channel to the other tabs, and what this tab alone keeps.

/** @typedef {import("./database.js").Database} Database */

/** A timer can't be set further ahead than this; whoever sleeps looks at the clock after it. */
const LONGEST_SLEEP = 2 ** 31 - 1;
/** What every key begins with: the storage is also the application's. */
const PREFIX = "portcullis ";

/**
 * The channels that were opened before a client came for them, by name, and what was heard on them.
 *
 * @type {Map<string, { channel: BroadcastChannel, heard: MessageEvent[] }>}
 */
const ahead = new Map();

/**
 * Listens for the client that comes next.
 *
 * @param {string} name of a channel
 */
export function listenAhead(name) {
  const channel = ahead.has(name) ? undefined : channelOf(name);
  if (!channel) return;
  /** @type {MessageEvent[]} */
  const heard = [];
  channel.onmessage = (message) => heard.push(message);
  ahead.set(name, { channel, heard });
}

/**
 * Nobody comes for it.
 *
 * @param {string} name
 */
export function forgetChannel(name) {
  ahead.get(name)?.channel.close();
  ahead.delete(name);
}

/** What a client listens to in its page. Its listeners come first, as a page may keep an event from going on. */
export class Page {
  #database;
  #closed = new AbortController();
  /** @type {BroadcastChannel | undefined} */
  #channel;

  /** @param {Database} database */
  constructor(database) {
    this.#database = database;
  }

  /**
   * @param {string} name
   * @param {string} message
   */
  broadcast(name, message) {
    if (this.#channel) return this.#channel.postMessage(message);
    // What a closed client still finishes is for the others to know all the same.
    const channel = channelOf(name);
    channel?.postMessage(message);
    channel?.close();
  }

  /**
   * @param {string} name
   * @param {(message: string) => void} listener
   */
  onMessage(name, listener) {
    const { channel = channelOf(name), heard = [] } = ahead.get(name) ?? {};
    this.#database.isHeardSince = ahead.delete(name);
    this.#channel = channel;
    const hear = (/** @type {MessageEvent} */ { data }) => {
      if (typeof data === "string") listener(data);
    };
    if (channel) channel.onmessage = hear;
    heard.forEach(hear);
  }

  /** @param {() => void} listener */
  onWake(listener) {
    this.#database.onLost = listener;
    this.on("online pageshow", listener);
    const shown = () => document.hidden || listener();
    document.addEventListener("visibilitychange", shown, this.#until());
  }

  /**
   * @param {string} events
   * @param {() => void} listener
   */
  on(events, listener) {
    for (const event of events.split(" ")) addEventListener(event, () => listener(), this.#until());
  }

  close() {
    this.#closed.abort();
    this.#closed = new AbortController();
    this.#channel?.close();
    this.#channel = this.#database.onLost = undefined;
  }

  #until() {
    return { capture: true, signal: this.#closed.signal };
  }
}

/** Whether this runs in a page at all. */
export function isPage() {
  return typeof document !== "undefined";
}

/** @param {string} name */
function channelOf(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/** @param {number} milliseconds */
export function sleep(milliseconds) {
  const limited = Math.min(Math.max(milliseconds, 0), LONGEST_SLEEP);
  let stop = () => {};
  const result = new Promise((resolve) => {
    const timer = setTimeout(resolve, limited);
    stop = () => {
      clearTimeout(timer);
      // What waits in Rust for a promise is freed only once it is settled.
      resolve(undefined);
    };
  });
  return { result, stop };
}

/** Waits until the user can see the page. */
export function untilVisible() {
  const stopped = new AbortController();
  const result = new Promise((resolve) => {
    const look = () => document.hidden || resolve(undefined);
    document.addEventListener("visibilitychange", look, { signal: stopped.signal });
    stopped.signal.addEventListener("abort", resolve);
    look();
  });
  return { result, stop: () => stopped.abort() };
}

export function url() {
  return location.href;
}

/** @param {string} url */
export function replaceUrl(url) {
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // A sandboxed page may not change its URL; nothing else depends on it.
  }
}

/**
 * @param {string} url
 * @returns {string | undefined}
 */
export function resolve(url) {
  try {
    return new URL(url, location.href).href;
  } catch {
    return undefined;
  }
}

/**
 * Leaves the page. Says whether that was begun.
 *
 * @param {string} url
 */
export function navigate(url) {
  try {
    location.assign(url);
    return true;
  } catch {
    return false;
  }
}

/**
 * The texts in `sessionStorage` whose keys begin with `prefix`: key, text, key, text …
 *
 * @param {string} prefix
 * @returns {string[]}
 */
export function keptInTab(prefix) {
  try {
    const ours = Object.entries(sessionStorage).filter(([key]) => key.startsWith(PREFIX + prefix));
    return ours.flatMap(([key, text]) => [key.slice(PREFIX.length), text]);
  } catch {
    return [];
  }
}

/**
 * Keeps a text there, or with `undefined` keeps it no longer. Says whether it could.
 *
 * @param {string} key
 * @param {string | undefined} text
 */
export function keepInTab(key, text) {
  try {
    if (text === undefined) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, text);
    return true;
  } catch {
    return false;
  }
}

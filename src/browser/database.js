// IndexedDB: the records of the client, and the keys that seal them and prove possession.

const NAME = "portcullis";
const RECORDS = "records";
const KEYS = "keys";

/** How long an opening may take, in milliseconds: some browsers never answer it. */
const OPENING_LIMIT = 5_000;

/**
 * What becomes of a text: another one takes its place, it is removed, or it stays.
 *
 * @typedef {string | null | undefined} Change
 */

/**
 * The one that was opened before a client came for it.
 *
 * @type {Database | undefined}
 */
let ahead;

/**
 * Opens the database for the client that comes next, looks up the keys in it and reads a record.
 *
 * @param {string} record its key
 * @returns {Promise<string | undefined>}
 */
export function openAhead(record) {
  ahead ??= new Database();
  return ahead.readAhead(record);
}

/** Nobody comes for it. */
export function forgetDatabase() {
  ahead = undefined;
}

/** The database for a client. */
export function database() {
  const database = ahead ?? new Database();
  ahead = undefined;
  return database;
}

/** The database of this origin. Whatever fails in it fails with `storage_unavailable`. */
export class Database {
  /** @type {Promise<IDBDatabase> | undefined} */
  #connection;
  /** An opening was never answered, and no other is waited for. */
  #isSilent = false;
  /**
   * The keys seen so far, by name.
   *
   * @type {Map<string, any>}
   */
  #keys = new Map();
  /**
   * What was read before it was asked for, by key. It is given once.
   *
   * @type {Map<string, Promise<string | undefined>>}
   */
  #ahead = new Map();
  /** @type {(() => void) | undefined} */
  #onMade;
  /** Whether the other tabs were heard since before that, or else it may be old. */
  isHeardSince = false;
  /**
   * Told when the browser takes the database away, as when a user clears the site's data.
   *
   * @type {(() => void) | undefined}
   */
  onLost;

  /**
   * @param {string} key
   * @returns {Promise<string | undefined>}
   */
  load(key) {
    const ahead = this.isHeardSince ? this.#ahead.get(key) : undefined;
    this.#ahead.delete(key);
    // Whatever failed is tried again, and whoever needs it is told what is wrong.
    return ahead?.catch(() => this.#load(key)) ?? this.#load(key);
  }

  /**
   * Makes the keys known that are there, and reads a record for whoever asks for it first.
   *
   * @param {string} key
   * @returns {Promise<string | undefined>}
   */
  readAhead(key) {
    const isMade = new Promise((resolve) => (this.#onMade = () => resolve(undefined)));
    // There is nothing in a database that is only being made, which takes a while.
    const [keys, record] = [this.#lookUpKeys(), Promise.race([this.#load(key), isMade])];
    this.#ahead.set(key, record);
    for (const read of [keys, record]) read.catch(() => {});
    return record;
  }

  /**
   * @param {string} key
   * @returns {Promise<string | undefined>}
   */
  #load(key) {
    return this.#run(RECORDS, "readonly", (records) => records.get(key));
  }

  /**
   * @param {string} key
   * @param {string} text
   */
  store(key, text) {
    return this.#run(RECORDS, "readwrite", (records) => records.put(text, key));
  }

  /** @param {string} key */
  remove(key) {
    return this.#run(RECORDS, "readwrite", (records) => records.delete(key));
  }

  /**
   * @param {string} prefix
   * @returns {Promise<IDBValidKey[]>}
   */
  keys(prefix) {
    return this.#run(RECORDS, "readonly", (records) => records.getAllKeys(beginningWith(prefix)));
  }

  /**
   * Changes what a key holds by what it is, in one transaction. Says whether it did.
   *
   * @param {string} key
   * @param {(found: unknown) => Change} change
   */
  async change(key, change) {
    let isChanged = false;
    await this.#run(RECORDS, "readwrite", (records) => {
      const found = records.get(key);
      found.onsuccess = () => {
        const text = change(found.result);
        if (text === null) records.delete(key);
        else if (text !== undefined) records.put(text, key);
        isChanged = text !== undefined;
      };
      return found;
    });
    return isChanged;
  }

  /**
   * Puts `text` in the place of `expected`, or with `undefined` removes it, unless the key holds
   * something else by now. Says whether it did.
   *
   * @param {string} key
   * @param {string} expected
   * @param {string | undefined} text
   */
  replace(key, expected, text) {
    return this.change(key, (found) => (found === expected ? (text ?? null) : undefined));
  }

  /**
   * Removes what does not begin with a time between these two, in one transaction however much it is.
   *
   * @param {string} prefix
   * @param {number} from
   * @param {number} to
   */
  sweep(prefix, from, to) {
    return this.#run(RECORDS, "readwrite", (records) => {
      const keys = records.getAllKeys(beginningWith(prefix));
      const texts = records.getAll(beginningWith(prefix));
      texts.onsuccess = () => {
        for (const [index, key] of keys.result.entries()) {
          const time = parseInt(texts.result[index]);
          if (!(from <= time && time <= to)) records.delete(key);
        }
      };
      return texts;
    });
  }

  /**
   * The key of this name, which all tabs share. The first one to need it makes it. It is looked up
   * anew each time, as what is sealed with a key that was cleared can't be opened later.
   *
   * @param {string} name
   * @param {() => Promise<any>} make
   */
  async key(name, make) {
    let key = await this.#run(KEYS, "readonly", (keys) => keys.get(name));
    if (!key) {
      const made = await make();
      key = made;
      // Another tab may be faster; then that tab's key it is.
      await this.#run(KEYS, "readwrite", (keys) => {
        const theirs = keys.get(name);
        theirs.onsuccess = () => {
          if (theirs.result) key = theirs.result;
          else keys.put(made, name);
        };
        return theirs;
      });
    }
    this.#keys.set(name, key);
    return key;
  }

  async #lookUpKeys() {
    /** @type {IDBRequest<IDBValidKey[]> | undefined} */
    let names;
    const keys = await this.#run(KEYS, "readonly", (keys) => {
      names = keys.getAllKeys();
      return keys.getAll();
    });
    names?.result.forEach((name, index) => this.#keys.set(String(name), keys[index]));
  }

  /**
   * The key of this name that was seen last.
   *
   * @param {string} name
   */
  knownKey(name) {
    return this.#keys.get(name);
  }

  /**
   * @param {string} name
   * @param {unknown} key
   */
  rememberKey(name, key) {
    this.#keys.set(name, key);
  }

  /**
   * Gives the result of a request, and of one that writes when the transaction it is part of is durable.
   *
   * @template T
   * @param {string} store
   * @param {IDBTransactionMode} mode
   * @param {(objects: IDBObjectStore) => IDBRequest<T>} work
   * @returns {Promise<T>}
   */
  async #run(store, mode, work) {
    try {
      const transaction = await this.#begin(store, mode);
      return await new Promise((resolve, reject) => {
        const request = work(transaction.objectStore(store));
        const done = () => resolve(request.result);
        if (mode === "readonly") request.onsuccess = done;
        else transaction.oncomplete = done;
        transaction.onabort = transaction.onerror = reject;
      });
    } catch {
      throw "storage_unavailable";
    }
  }

  /**
   * @param {string} store
   * @param {IDBTransactionMode} mode
   */
  async #begin(store, mode) {
    const connection = await this.#connect();
    try {
      return connection.transaction(store, mode);
    } catch {
      // The browser closes connections when it clears a site's data, or in the background.
      this.#connection = undefined;
      return (await this.#connect()).transaction(store, mode);
    }
  }

  async #connect() {
    if (this.#isSilent) throw undefined;
    const connection = (this.#connection ??= this.#open());
    try {
      return await connection;
    } catch (error) {
      if (this.#connection === connection) this.#connection = undefined;
      throw error;
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    const told = {
      made: () => this.#onMade?.(),
      lost: () => {
        this.#ahead.clear();
        this.onLost?.();
      },
    };
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#isSilent = true;
        reject();
      }, OPENING_LIMIT);
      // While a browser clears a site's data it may refuse, and give a new database after.
      const opened = open(told).catch(() => open(told));
      opened.then(resolve, reject).finally(() => clearTimeout(limit));
    });
  }
}

/**
 * @param {{ made: () => void, lost: () => void }} told
 * @returns {Promise<IDBDatabase>}
 */
function open({ made, lost }) {
  return new Promise((resolve, reject) => {
    // Where storage is blocked, even to look may throw.
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const name of [RECORDS, KEYS]) request.result.createObjectStore(name);
      made();
    };
    request.onsuccess = () => {
      const connection = request.result;
      connection.onversionchange = connection.onclose = () => {
        // Whoever wants to delete the database need not wait for this page.
        connection.close();
        lost();
      };
      resolve(connection);
    };
    request.onerror = reject;
  });
}

/** @param {string} prefix */
function beginningWith(prefix) {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}

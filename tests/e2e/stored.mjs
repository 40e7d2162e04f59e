/**
 * Everything that IndexedDB holds for a page's origin, keys and values, as one text.
 *
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string>}
 */
export function storageOf(page) {
  return page.evaluate(async () => {
    /**
     * @template T
     * @param {IDBRequest<T>} request
     * @returns {Promise<T>}
     */
    const settled = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    /** @param {unknown} value */
    const shown = (value) =>
      value instanceof CryptoKey
        ? `${value.algorithm.name} key, extractable: ${value.extractable}`
        : value;
    const found = [];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName).objectStore(storeName);
        const [keys, values] = await Promise.all([
          settled(store.getAllKeys()),
          settled(store.getAll()),
        ]);
        found.push({ name, storeName, records: keys.map((key, i) => [key, shown(values[i])]) });
      }
      database.close();
    }
    return JSON.stringify(found);
  });
}

/**
 * Takes every key away that IndexedDB holds for a page's origin.
 *
 * @param {import("playwright-core").Page} page
 */
export async function forgetKeys(page) {
  await forget(page, "keys");
}

/**
 * Takes every session away that IndexedDB holds for a page's origin.
 *
 * @param {import("playwright-core").Page} page
 */
export async function forgetSessions(page) {
  await forget(page, "sessions");
}

/**
 * @param {import("playwright-core").Page} page
 * @param {"keys" | "sessions"} what
 */
async function forget(page, what) {
  await page.evaluate(async (what) => {
    for (const { name = "" } of await indexedDB.databases()) {
      await new Promise((forgotten) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
          const database = opening.result;
          const deleting = database.transaction([...database.objectStoreNames], "readwrite");
          for (const storeName of database.objectStoreNames) {
            deleting.objectStore(storeName).openCursor().onsuccess = ({ target }) => {
              const { result } = /** @type {IDBRequest<IDBCursorWithValue | null>} */ (target);
              const isMeant =
                what === "keys"
                  ? result?.value instanceof CryptoKey
                  : String(result?.key).startsWith("session ");
              if (result && isMeant) result.delete();
              result?.continue();
            };
          }
          deleting.oncomplete = () => {
            database.close();
            forgotten(undefined);
          };
        };
      });
    }
  }, what);
}

/**
 * A tab of the app under test. It tells what its client tells, and does what it is told, over a
 * channel of its own, so that nobody has to look at the tab: it stays in the background.
 *
 * At /watch there is no client: that tab hears the others and is the one that WebDriver looks at.
 */

/** @typedef {import("portcullis").Client} Client */
/** @typedef {{ from: string, kind: string, at: number, [detail: string]: any }} Told */
/** @typedef {{ to: string, question: string, call: string, argument: any }} Order */

const PACKAGE = "/pkg/index.js";
const channel = new BroadcastChannel("reliability");

/** @param {{ issuer: string, clientId: string, api: string }} config */
async function beTab({ issuer, clientId, api }) {
  const id = crypto.randomUUID();
  /** @type {(kind: string, detail?: object) => void} */
  const tell = (kind, detail) => channel.postMessage({ from: id, kind, at: Date.now(), ...detail });
  const { createClient } = /** @type {typeof import("portcullis")} */ (await import(PACKAGE));
  const client = await createClient({
    issuer,
    clientId,
    redirectUri: "/callback",
    postLogoutRedirectUri: "/",
    scope: "openid profile email offline_access inbox.read",
    resource: api,
    apis: [api],
    // A request to a server that keeps it waiting ends in less than the tests' patience.
    requestTimeout: 5,
    logger: ({ message, error }) => tell("log", { message, code: error?.code }),
  });
  client.subscribe(({ status, ...state }) =>
    tell("state", { status, reason: "reason" in state ? state.reason : undefined }),
  );
  client.on("refreshed", ({ by }) => tell("refreshed", { by }));
  client.on("refreshFailed", ({ error }) => tell("refreshFailed", { code: error.code }));

  /** @type {Record<string, (argument: any) => unknown>} */
  const calls = {
    status: () => client.state.status,
    // The one thing that Firefox refuses to a private window and to no other.
    isPrivateInFirefox: () =>
      navigator.storage.getDirectory().then(
        () => false,
        () => true,
      ),
    expiresAt: () => (client.state.status === "authenticated" ? client.state.expiresAt : null),
    token: (options) => client.getAccessToken(options),
    callApi: async () => (await client.fetch(`${api}/me`)).status,
    logOut: () => {
      const began = Date.now();
      void client.logout();
      return began;
    },
    close: () => client.close(),
  };
  channel.addEventListener("message", async ({ data }) => {
    const { to, question, call, argument } = /** @type {Order} */ (data);
    if (to !== id) return;
    try {
      tell("answer", { question, value: (await calls[call](argument)) ?? null });
    } catch (error) {
      const { code, message } = /** @type {import("portcullis").AuthError} */ (error);
      tell("answer", { question, failure: `${code}: ${message}` });
    }
  });
  document.querySelector("#duplicate")?.addEventListener("click", () => void open(location.href));
  const tab = { id, client, keptToken: /** @type {Promise<string> | null} */ (null) };
  addEventListener("pageshow", ({ persisted }) => {
    // At once, as an app does that loads anew what the user comes back to.
    if (persisted) tab.keptToken = client.getAccessToken();
    tab.keptToken?.catch(() => {});
  });
  Object.assign(globalThis, { tab });
  tell("started", { status: client.state.status });
}

function watch() {
  /** @type {Told[]} */
  const heard = [];
  let wake = () => {};
  channel.addEventListener("message", ({ data }) => {
    if (data.to) return;
    heard.push(data);
    wake();
  });
  Object.assign(globalThis, {
    /**
     * What was heard after the first `count`, as soon as there is something or the time is over.
     *
     * @param {number} count
     * @param {number} limitMs
     * @param {(heard: Told[]) => void} give
     */
    heardAfter(count, limitMs, give) {
      const done = () => {
        clearTimeout(limit);
        wake = () => {};
        give(heard.slice(count));
      };
      const limit = setTimeout(done, limitMs);
      wake = done;
      if (heard.length > count) done();
    },
    /** @param {Order} order */
    give: (order) => channel.postMessage(order),
  });
}

async function start() {
  if (location.pathname === "/watch") watch();
  else await beTab(await (await fetch("/config.json")).json());
}

void start();

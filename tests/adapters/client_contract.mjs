/** @typedef {import("portcullis").Client} Client */

/**
 * What a client does as far as one tab can see, whether it is real or one for tests. The cases of
 * a client are run one after another, and give what they have seen.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {(client: Client) => unknown} see
 * @property {unknown} expected
 */

/**
 * @param {() => unknown} call
 * @returns {Promise<string>} the code of the error that it throws or is rejected with, and what it is about
 */
async function failureOf(call) {
  try {
    await call();
    return "none";
  } catch (error) {
    const { name, code, message } = /** @type {import("portcullis").AuthError} */ (error);
    return code === "invalid_config"
      ? `${name} ${code} ${message.split(": ")[1]}`
      : `${name} ${code}`;
  }
}

/** @param {unknown} value */
const anything = (value) => /** @type {any} */ (value);

/**
 * Everything that the client tells while `act` runs, in its order.
 *
 * @param {Client} client
 * @param {() => Promise<unknown>} act
 */
async function toldDuring(client, act) {
  /** @type {string[]} */
  const told = [];
  const stop = [
    client.subscribe((state) => {
      told.push(
        `state ${state.status}${state === client.state ? "" : ", which is not that of the client"}`,
      );
    }),
    client.on("refreshed", ({ by }) => void told.push(`refreshed by ${by}`)),
    client.on("login", ({ sub }) => void told.push(`login ${sub}`)),
    client.on("logout", (reason) => void told.push(`logout ${reason}`)),
  ];
  await act();
  for (const unsubscribe of stop) unsubscribe();
  return told;
}

/** @param {unknown} value @returns {boolean} */
function isFrozen(value) {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

/** With a client in which nobody is logged in, nor ever was. @type {Case[]} */
export const casesOfNobody = [
  {
    name: "the state of nobody",
    see: ({ state, callback }) => ({ state, callback, frozen: isFrozen(state) }),
    expected: { state: { status: "anonymous", reason: "never" }, callback: null, frozen: true },
  },
  {
    name: "a silent login that would need the user",
    see: (client) => client.loginSilently(),
    expected: null,
  },
  whatNeedsAUser(),
];

/** With a client in which alice is logged in. @type {Case[]} */
export const casesOfAlice = [
  {
    name: "the state of a user",
    see: ({ state }) => {
      if (state.status !== "authenticated") return state;
      const { user, scope, expiresAt, sender } = state;
      return {
        keys: Object.keys(state).sort(),
        sub: [user.sub, user.claims.sub],
        name: [user.name, user.claims["name"]],
        claims: ["iss", "aud", "exp", "iat"].map((claim) => typeof user.claims[claim]),
        scope: Array.isArray(scope) && scope.every((name) => typeof name === "string"),
        expiresAt: typeof expiresAt,
        sender: ["bearer", "dpop"].includes(sender),
        frozen: isFrozen(state),
      };
    },
    expected: {
      keys: ["expiresAt", "scope", "sender", "status", "user"],
      sub: ["alice", "alice"],
      name: ["Alice Archer", "Alice Archer"],
      claims: ["string", "string", "number", "number"],
      scope: true,
      expiresAt: "number",
      sender: true,
      frozen: true,
    },
  },
  {
    name: "the state is the same object until something changes",
    see: async (client) => {
      const before = client.state;
      await client.getAccessToken();
      const same = client.state === before;
      await client.refresh();
      return { same, afterRefresh: client.state === before };
    },
    expected: { same: true, afterRefresh: false },
  },
  {
    name: "subscribing tells nothing, and a refresh is told to states first",
    see: (client) => toldDuring(client, () => client.refresh()),
    expected: ["state authenticated", "refreshed by this_tab"],
  },
  {
    name: "who has unsubscribed hears nothing more, however often",
    see: async (client) => {
      let heard = 0;
      const unsubscribe = client.subscribe(() => (heard += 1));
      unsubscribe();
      unsubscribe();
      const off = client.on("refreshed", () => (heard += 1));
      off();
      await client.refresh();
      return heard;
    },
    expected: 0,
  },
  {
    name: "a listener twice is told once",
    see: async (client) => {
      let heard = 0;
      const listener = () => void (heard += 1);
      const stop = [client.subscribe(listener), client.subscribe(listener)];
      await client.refresh();
      for (const unsubscribe of stop) unsubscribe();
      return heard;
    },
    expected: 1,
  },
  {
    name: "an event that there is not",
    see: (client) => failureOf(() => client.on(anything("nonsense"), () => {})),
    expected: "AuthError invalid_config event nonsense",
  },
  {
    name: "a listener that is none, and a URL that is none",
    see: async (client) => [
      await failureOf(() => client.subscribe(anything("nonsense"))),
      await failureOf(() => client.on("login", anything(undefined))),
      await failureOf(() => client.handleRedirectCallback(anything(7))),
    ],
    expected: [
      "AuthError invalid_config listener",
      "AuthError invalid_config listener",
      "AuthError invalid_config url",
    ],
  },
  {
    name: "an access token is the same until it is renewed",
    see: async (client) => {
      const [first, second] = [await client.getAccessToken(), await client.getAccessToken()];
      const renewed = await client.getAccessToken({ forceRefresh: true });
      const after = await client.getAccessToken();
      return [typeof first, first === second, first === renewed, renewed === after];
    },
    expected: ["string", true, false, true],
  },
  {
    name: "an access token that has to be good for longer than it can be gets renewed, once",
    see: (client) => toldDuring(client, () => client.getAccessToken({ minValidity: 600 })),
    expected: ["state authenticated", "refreshed by this_tab"],
  },
  {
    name: "a call that was aborted before it began",
    see: (client) => failureOf(() => client.getAccessToken({ signal: AbortSignal.abort() })),
    expected: "AuthError aborted",
  },
  ...[
    { call: "getAccessToken", options: { minValidity: -1 }, about: "minValidity" },
    { call: "getAccessToken", options: { minValidity: "1" }, about: "minValidity" },
    { call: "getAccessToken", options: { nonsense: 1 }, about: "nonsense" },
    { call: "getAccessToken", options: { forceRefresh: 1 }, about: "forceRefresh" },
    { call: "loginWithRedirect", options: { scope: "profile" }, about: "scope" },
    {
      call: "loginWithRedirect",
      options: { returnTo: "https://evil.example/" },
      about: "returnTo",
    },
    { call: "loginWithRedirect", options: { appState: () => {} }, about: "appState" },
    { call: "loginWithRedirect", options: { extraParams: { a: 1 } }, about: "extraParams" },
    { call: "logout", options: "now", about: "options" },
    { call: "loginWithDevice", options: {}, about: "onPrompt" },
    { call: "loginWithDevice", options: { scope: "profile", onPrompt() {} }, about: "scope" },
    { call: "logout", options: { local: "yes" }, about: "local" },
    { call: "logout", options: { everywhere: true }, about: "everywhere" },
  ].map(({ call, options, about }) => ({
    name: `${call} with a wrong ${about} (${JSON.stringify(options)})`,
    see: async (/** @type {Client} */ client) => {
      const { state } = client;
      const failure = await failureOf(() => anything(client)[call](options));
      return [failure, client.state === state];
    },
    expected: [`AuthError invalid_config ${about}`, true],
  })),
  {
    name: "client.fetch to a URL that no API covers",
    see: (client) => failureOf(() => client.fetch("https://elsewhere.example/")),
    expected: "AuthError url_not_allowed",
  },
  {
    name: "a callback that is none",
    see: (client) => failureOf(() => client.handleRedirectCallback(location.href)),
    expected: "AuthError callback_invalid",
  },
  {
    name: "UserInfo",
    see: async (client) => (await client.getUserInfo()).sub,
    expected: "alice",
  },
  {
    name: "a local logout",
    see: async (client) => {
      const before = client.state;
      const told = await toldDuring(client, () => {
        const leaving = client.logout({ local: true });
        if (client.state !== before) throw new Error("the state changed before the call was over");
        return leaving;
      });
      return { told, state: client.state, frozen: isFrozen(client.state) };
    },
    expected: {
      told: ["state anonymous", "logout logged_out"],
      state: { status: "anonymous", reason: "logged_out" },
      frozen: true,
    },
  },
  whatNeedsAUser(),
];

/** @returns {Case} */
function whatNeedsAUser() {
  return {
    name: "whatever needs a user when there is none",
    see: async (client) => [
      await failureOf(() => client.getAccessToken()),
      await failureOf(() => client.refresh()),
      await failureOf(() => client.getUserInfo()),
      await toldDuring(client, () => client.logout({ local: true })),
    ],
    expected: [
      "AuthError not_authenticated",
      "AuthError not_authenticated",
      "AuthError not_authenticated",
      [],
    ],
  };
}

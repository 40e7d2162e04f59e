import { AuthProvider, RequireAuth, useAuth } from "portcullis/react";
import {
  Component,
  StrictMode,
  Suspense,
  createContext,
  createElement as h,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";

/**
 * @typedef {object} Settings what a test wants of the app
 * @property {boolean} [strict]
 * @property {boolean} [suspense]
 * @property {string} [serverPath] the path that a server renders, and a browser takes over
 * @property {boolean} [bare] without `errorFallback`, and without `anonymous` of RequireAuth
 * @property {Record<string, unknown>} [config] changes of the configuration
 * @property {import("portcullis").Client} [client] one that was made before anything is rendered
 */

/** What a test looks at: how often each component was rendered, and what `useAuth` gave last. */
export const seen = {
  renders: { whole: 0, name: 0, still: 0 },
  auth: /** @type {import("portcullis/react").Auth} */ (/** @type {unknown} */ (null)),
};

const AppContext = createContext({ api: "", settings: /** @type {Settings} */ ({}) });

function Whole() {
  seen.renders.whole += 1;
  const auth = useAuth();
  seen.auth = auth;
  const state = auth.state ? JSON.stringify(auth.state, ["status", "reason"]) : "";
  return h("p", { id: "status" }, `${auth.status} ${state}`);
}

function Name() {
  seen.renders.name += 1;
  return h(
    "p",
    { id: "name" },
    useAuth(({ user }) => user?.name),
  );
}

function Still() {
  seen.renders.still += 1;
  return null;
}

function Inbox() {
  const { api } = useContext(AppContext);
  const fetch = useAuth((auth) => auth.fetch);
  const [messages, setMessages] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    // At once, while the client may still be starting.
    void fetch(`${api}/inbox`)
      .then((response) => response.json())
      .then(({ messages }) => setMessages(messages));
  }, [api, fetch]);
  return h("p", { id: "inbox" }, messages.join(" "));
}

/** @extends {Component<{ children: any }, { code: string }>} */
class ErrorBoundary extends Component {
  /** @override */
  state = { code: "" };

  /** @param {import("portcullis").AuthError} error */
  static getDerivedStateFromError({ code }) {
    return { code };
  }

  /** @override */
  render() {
    return this.state.code ? h("p", { id: "boundary" }, this.state.code) : this.props.children;
  }
}

/** The smallest of routers: it hears of `popstate`, as all do. */
function Routes() {
  const { settings } = useContext(AppContext);
  const path = useSyncExternalStore(
    (listener) => {
      addEventListener("popstate", listener);
      return () => removeEventListener("popstate", listener);
    },
    () => location.pathname,
    () => settings.serverPath ?? "/",
  );
  if (path !== "/inbox") return null;
  const anonymous = (/** @type {import("portcullis/react").LoginNeeded} */ why) =>
    h("button", { id: "login", onClick: why.login }, `${why.reason} ${why.error?.code}`);
  const fallback = h("p", { id: "leaving" }, "leaving");
  return h(RequireAuth, { fallback, ...(!settings.bare && { anonymous }) }, h(Inbox));
}

/** @typedef {{ issuer: string, clientId: string, api: string }} AppServers */

/**
 * @param {Settings} settings
 * @param {AppServers} servers
 */
export function configOf(settings, { issuer, clientId, api }) {
  return {
    issuer,
    clientId,
    redirectUri: "/callback",
    scope: "openid profile email offline_access inbox.read",
    resource: api,
    apis: [api],
    ...settings.config,
  };
}

/**
 * @param {object} props
 * @param {Settings} props.settings
 * @param {AppServers} props.servers
 * @param {string} [props.generation] another one is another provider
 */
export function App({ settings, servers, generation }) {
  const { client } = settings;
  const { api } = servers;
  const provider = h(
    AuthProvider,
    {
      key: generation,
      ...(client ? { client } : { config: configOf(settings, servers) }),
      suspense: settings.suspense,
      fallback: settings.suspense ? h("p", { id: "own" }, "own fallback") : undefined,
      ...(!settings.bare && {
        errorFallback: (/** @type {import("portcullis").AuthError} */ { code }) =>
          h("p", { id: "failure" }, code),
      }),
    },
    h(Suspense, { fallback: h("p", { id: "suspended" }, "suspended") }, [
      h(Whole, { key: "whole" }),
      h(Name, { key: "name" }),
      h(Still, { key: "still" }),
      h(Routes, { key: "routes" }),
    ]),
  );
  const app = h(
    AppContext.Provider,
    { value: { api, settings } },
    h(ErrorBoundary, null, provider),
  );
  return settings.strict ? h(StrictMode, null, app) : app;
}

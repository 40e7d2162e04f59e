import { AuthProvider, RequireAuth, useAuth } from "portcullis/react";
import {
  Component,
  StrictMode,
  Suspense,
  createElement as h,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { createRoot, hydrateRoot } from "react-dom/client";

/**
 * @typedef {object} Settings what a test wants of the page
 * @property {boolean} [strict]
 * @property {boolean} [suspense]
 * @property {boolean} [hydrate] whether the page is what a server rendered
 * @property {boolean} [bare] without `errorFallback`, and a fallback of RequireAuth for those logged out
 * @property {Record<string, unknown>} [config] changes of the configuration
 */

/**
 * @typedef {object} Adapter what a test does with the page
 * @property {{ whole: number, name: number, still: number }} renders how often each component was rendered
 * @property {() => import("portcullis/react").Auth} auth what `useAuth` gave last
 * @property {(changes?: object) => void} render again, with changes of the configuration
 * @property {() => void} unmount
 * @property {() => void} remount
 */

/** @typedef {Window & { settings: Settings, adapter: Adapter }} TestWindow */

const { settings = {} } = /** @type {TestWindow} */ (/** @type {unknown} */ (window));
const { issuer, clientId, api } = await (await fetch("/config.json")).json();
const config = {
  issuer,
  clientId,
  redirectUri: "/callback",
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
  ...settings.config,
};

const renders = { whole: 0, name: 0, still: 0 };
let auth = /** @type {import("portcullis/react").Auth} */ (/** @type {unknown} */ (null));

function Whole() {
  renders.whole += 1;
  auth = useAuth();
  const state = auth.state ? JSON.stringify(auth.state, ["status", "reason"]) : "";
  return h("p", { id: "status" }, `${auth.status} ${state}`);
}

function Name() {
  renders.name += 1;
  return h(
    "p",
    { id: "name" },
    useAuth(({ user }) => user?.name),
  );
}

function Still() {
  renders.still += 1;
  return null;
}

function Inbox() {
  const fetch = useAuth((auth) => auth.fetch);
  const [messages, setMessages] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    // At once, while the client may still be starting.
    void fetch(`${api}/inbox`)
      .then((response) => response.json())
      .then(({ messages }) => setMessages(messages));
  }, [fetch]);
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
  const path = useSyncExternalStore(
    (listener) => {
      addEventListener("popstate", listener);
      return () => removeEventListener("popstate", listener);
    },
    () => location.pathname,
    () => "/",
  );
  if (path !== "/inbox") return null;
  const anonymous = (/** @type {import("portcullis/react").LoginNeeded} */ why) =>
    h("button", { id: "login", onClick: why.login }, `${why.reason} ${why.error?.code}`);
  const fallback = h("p", { id: "leaving" }, "leaving");
  return h(RequireAuth, { fallback, ...(!settings.bare && { anonymous }) }, h(Inbox));
}

/** @param {{ changes?: object }} props */
export function App({ changes }) {
  const app = h(
    AuthProvider,
    {
      config: { ...config, ...changes },
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
  const whole = h(ErrorBoundary, null, app);
  return settings.strict ? h(StrictMode, null, whole) : whole;
}

const container = /** @type {HTMLElement} */ (document.getElementById("app"));
let root = settings.hydrate ? hydrateRoot(container, h(App)) : createRoot(container);
if (!settings.hydrate) root.render(h(App));

/** @type {Adapter} */
const adapter = {
  renders,
  auth: () => auth,
  render: (changes) => root.render(h(App, changes ? { changes } : null)),
  unmount: () => root.unmount(),
  remount: () => {
    root = createRoot(container);
    root.render(h(App));
  },
};
Object.assign(window, { adapter });

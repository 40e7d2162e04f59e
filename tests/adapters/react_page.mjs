import { createClient } from "portcullis";
import { createElement as h } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App, configOf, seen } from "./react_app.mjs";

/** @typedef {import("./react_app.mjs").Settings & { hydrate?: boolean, makesClient?: boolean }} Settings */

/**
 * @typedef {object} Adapter what a test does with the page
 * @property {() => import("portcullis/react").Auth} auth what `useAuth` gave last
 * @property {() => typeof seen.renders} renders how often each component was rendered
 * @property {(changes: { config?: object, generation?: string }) => void} render again, with changes
 * @property {() => void} unmount
 * @property {() => void} remount
 */

/** @typedef {Window & { settings: Settings, adapter: Adapter }} TestWindow */

const { settings } = /** @type {TestWindow} */ (/** @type {unknown} */ (window));
const servers = await (await fetch("/config.json")).json();
const container = /** @type {HTMLElement} */ (document.getElementById("app"));
if (settings.makesClient) settings.client = await createClient(configOf(settings, servers));
const app = h(App, { settings, servers });
let root = settings.hydrate ? hydrateRoot(container, app) : createRoot(container);
if (!settings.hydrate) root.render(app);

/** @type {Adapter} */
const adapter = {
  auth: () => seen.auth,
  renders: () => ({ ...seen.renders }),
  render: ({ config, ...props }) => {
    const changed = { ...settings, config: { ...settings.config, ...config } };
    root.render(h(App, { settings: changed, servers, ...props }));
  },
  unmount: () => root.unmount(),
  remount: () => {
    root = createRoot(container);
    root.render(app);
  },
};
Object.assign(window, { adapter });

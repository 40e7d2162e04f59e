import { createAuth } from "portcullis/svelte";
import { derived } from "svelte/store";

/**
 * @typedef {object} Adapter what a test does with the page
 * @property {import("portcullis/svelte").SvelteAuth} auth
 * @property {() => { whole: number, name: number }} told how often each store told something
 */

/** @typedef {Window & { settings: { config?: Record<string, unknown> }, adapter: Adapter }} TestWindow */

const { settings } = /** @type {TestWindow} */ (/** @type {unknown} */ (window));
const { issuer, clientId, api } = await (await fetch("/config.json")).json();
const auth = createAuth({
  issuer,
  clientId,
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
  ...settings.config,
});
const told = { whole: 0, name: 0 };
const element = /** @type {HTMLElement} */ (document.getElementById("app"));

auth.subscribe(({ status, error }) => {
  told.whole += 1;
  element.textContent = `${status} ${error?.code ?? ""}`;
});
derived(auth, ({ user }) => user?.name).subscribe(() => void (told.name += 1));

/** @type {Adapter} */
const adapter = { auth, told: () => ({ ...told }) };
Object.assign(window, { adapter });

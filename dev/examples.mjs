import { join } from "node:path";
import { buildNpmExample } from "./npm_example.mjs";
import { root } from "./paths.mjs";
import { buildRustExample } from "./rust_examples.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

/**
 * @typedef {object} Example an app in examples/ that runs with the demo's servers
 * @property {string} title
 * @property {(doing: (what: string) => void, wasm: Environment) => Promise<string>} build installs what
 *   it needs and builds it; gives the folder that is served in the demo page's place. `wasm` is the
 *   environment of commands that compile to wasm32
 */

/** @type {Record<string, Example>} by the name in `npm run example:<name>` */
export const examples = {
  leptos: {
    title: "Leptos app",
    build: (doing, wasm) => buildRustExample("leptos", doing, wasm),
  },
  plain: {
    title: "plain page",
    build: async () => join(root, "examples", "plain-page"),
  },
  react: { title: "React app", build: (doing) => buildNpmExample("react-app", doing) },
  svelte: { title: "Svelte app", build: (doing) => buildNpmExample("svelte-app", doing) },
  vue: { title: "Vue app", build: (doing) => buildNpmExample("vue-app", doing) },
  yew: { title: "Yew app", build: (doing, wasm) => buildRustExample("yew", doing, wasm) },
};

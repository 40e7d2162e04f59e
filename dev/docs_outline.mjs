/** What the documentation site shows beside the pages: its navigation. */

/** @typedef {{ text: string, link: string, target?: string, rel?: string }} Entry */

/**
 * @param {string} text
 * @param {string} link
 * @returns {Entry}
 */
const page = (text, link) => ({ text, link: `/${link}` });

/**
 * Pages that another generator wrote, and that the site's own router does not know.
 *
 * @param {string} text
 * @param {string} link
 * @returns {Entry}
 */
const foreign = (text, link) => ({ ...page(text, link), target: "_self" });

/** The parts of the site, in the order in which a newcomer wants them. */
const PARTS = [
  {
    text: "Start",
    items: [
      page("What it is", "index"),
      page("Getting started", "getting-started"),
      page("React", "react"),
      page("Vue", "vue"),
      page("Svelte", "svelte"),
      page("Yew", "yew"),
      page("Leptos", "leptos"),
    ],
  },
  {
    text: "Use",
    items: [
      page("Recipes", "recipes"),
      page("Configuration", "configuration"),
      page("Error codes", "errors"),
      page("Usual mistakes", "mistakes"),
      page("Bundlers", "bundlers"),
    ],
  },
  {
    text: "Servers",
    items: [
      page("Keycloak, Auth0, Entra ID …", "servers"),
      page("Protecting an API in Rust", "resource-server"),
      page("A server-side web app", "web-app"),
    ],
  },
  {
    text: "Moving from",
    items: [
      page("auth0-spa-js", "moving/from-auth0-spa-js"),
      page("oidc-client-ts", "moving/from-oidc-client-ts"),
      page("keycloak-js", "moving/from-keycloak-js"),
      page("oidc-spa", "moving/from-oidc-spa"),
    ],
  },
  {
    text: "Security",
    items: [
      page("Security model and rules", "security"),
      page("Content-Security-Policy", "csp"),
      page("Reporting a flaw", "reporting"),
    ],
  },
  {
    text: "Project",
    items: [
      page("Architecture and decisions", "architecture"),
      page("Reliability", "reliability"),
      page("Performance", "performance"),
      page("Conformance", "conformance"),
      page("Contributing", "contributing"),
      page("Changes", "changelog"),
    ],
  },
];

const REFERENCE = [
  page("TypeScript", "reference/index"),
  foreign("Rust front ends", "rust/browser/portcullis/index.html"),
  foreign("Yew", "rust/browser/portcullis_yew/index.html"),
  foreign("Leptos", "rust/browser/portcullis_leptos/index.html"),
  foreign("Rust servers", "rust/server/portcullis/index.html"),
  foreign("Axum", "rust/server/portcullis_axum/index.html"),
];

export const navigation = [
  page("Getting started", "getting-started"),
  page("Recipes", "recipes"),
  page("Error codes", "errors"),
  { text: "Reference", items: REFERENCE },
];

export const sidebar = [...PARTS, { text: "Reference", items: REFERENCE }];

/**
 * The anchor that GitHub gives a heading; the site gives it the same.
 *
 * @param {string} heading
 */
export function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

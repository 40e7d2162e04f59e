import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { anchorOf, navigation, sidebar } from "../../../dev/docs_outline.mjs";

/** `npm run docs` gathers the pages and says by these variables where they and the built site lie. */
const { PORTCULLIS_DOCS_SOURCE, PORTCULLIS_DOCS_OUTPUT } = process.env;

export default defineConfig({
  title: "Portcullis",
  description: "OAuth 2.0 and OpenID Connect for single-page apps",
  lang: "en",
  head: [["link", { rel: "icon", href: "/favicon.svg" }]],
  srcDir: PORTCULLIS_DOCS_SOURCE,
  outDir: PORTCULLIS_DOCS_OUTPUT,
  cacheDir: fileURLToPath(new URL("../node_modules/.cache", import.meta.url)),
  // GitHub shows the same pages: a link to a heading has to lead there in both.
  markdown: { anchor: { slugify: anchorOf } },
  themeConfig: {
    nav: navigation,
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: "local" },
    externalLinkIcon: true,
  },
  // The search index holds every page, and is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
});

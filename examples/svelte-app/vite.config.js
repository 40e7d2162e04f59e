import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  // The origin that the demo's authorization server and API know.
  server: { port: 4180, strictPort: true },
});

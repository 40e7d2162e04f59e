import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [vue()],
  // The origin that the demo's authorization server and API know.
  server: { port: 4180, strictPort: true },
});

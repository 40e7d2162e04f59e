import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The origin that the demo's authorization server and API know.
  server: { port: 4180, strictPort: true },
});

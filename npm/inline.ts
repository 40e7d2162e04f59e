import { createClient as start, handleFrontchannelLogout as end } from "./index.js";
import type { Client, ClientConfig } from "./index.js";
import compressed from "./generated/portcullis_bg.wasm.deflate";

export * from "./index.js";

/** The same as that of `portcullis`, with a wasm that is in this module. */
export function createClient(config: ClientConfig): Promise<Client> {
  return start(withWasm(config));
}

/** The same as that of `portcullis`, with a wasm that is in this module. */
export function handleFrontchannelLogout(config: ClientConfig, url?: string): Promise<boolean> {
  return end(withWasm(config), url);
}

function withWasm(config: ClientConfig): ClientConfig {
  return config?.wasm === undefined ? { ...config, wasm: included as never } : config;
}

function included(): Response {
  const bytes = Uint8Array.from(atob(compressed), (byte) => byte.charCodeAt(0));
  const wasm = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(wasm, { headers: { "content-type": "application/wasm" } });
}

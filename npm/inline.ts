import { createClient as start, handleFrontchannelLogout as end } from "./index.js";
import type { Client, ClientConfig } from "./index.js";
import first from "./generated/portcullis_bg.wasm.deflate";
import rest from "./generated/portcullis_rest.wasm.deflate";
import type { WasmParts } from "./core.js";

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

const included: WasmParts = (part) => {
  const compressed = part === "first" ? first : rest;
  const bytes = Uint8Array.from(atob(compressed), (byte) => byte.charCodeAt(0));
  const wasm = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(wasm, { headers: { "content-type": "application/wasm" } });
};

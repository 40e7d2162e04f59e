import { AuthError } from "./auth_error.js";
import type { ClientConfig } from "./client_config.js";
import initialize, * as glue from "./generated/portcullis.js";

/** The client as WebAssembly gives it. */
export type Core = glue.Core;

let loading: Promise<typeof glue> | undefined;

/** Fetches and compiles the wasm, once a page. */
export function loadCore(wasm: ClientConfig["wasm"]): Promise<typeof glue> {
  loading ??= load(wasm);
  return loading;
}

async function load(wasm: ClientConfig["wasm"]): Promise<typeof glue> {
  try {
    await initialize(wasm === undefined ? undefined : { module_or_path: wasm });
    return glue;
  } catch (cause) {
    loading = undefined;
    throw new AuthError(
      { code: "unsupported", message: "the wasm file could not be loaded", retryable: false },
      cause,
    );
  }
}

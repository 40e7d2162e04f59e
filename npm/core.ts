import { AuthError } from "./auth_error.js";
import type { ClientConfig } from "./client_config.js";
import { Core, __wbg_finalize_init, __wbg_get_imports } from "./generated/portcullis.js";

/** What the wasm gives. */
export interface Glue {
  readonly Core: typeof Core;
}

export type { Core };

/** Where the wasm is, or what gives it. */
export type WasmSource = ClientConfig["wasm"] | (() => Response);

/** What the glue has beside what wasm-bindgen declares (`dev/short_names.mjs`). */
declare module "./generated/portcullis.js" {
  function __wbg_get_imports(): WebAssembly.Imports;
  function __wbg_finalize_init(instance: WebAssembly.Instance, module: undefined): void;
}

const LOST = { code: "wasm_unavailable", retryable: false } as const;

let loading: Promise<Glue> | undefined;

/** Fetches and compiles the wasm, once a page. */
export function loadCore(wasm: WasmSource): Promise<Glue> {
  loading ??= load(wasm);
  return loading;
}

async function load(
  // Bundlers know this expression, and bring the file along.
  wasm: WasmSource = new URL("portcullis_bg.wasm", import.meta.url),
): Promise<Glue> {
  try {
    const isUrl = typeof wasm === "string" || wasm instanceof URL;
    const found = isUrl ? await fetched(wasm) : typeof wasm === "function" ? wasm() : wasm;
    await instantiate(found).catch((cause: unknown) => {
      // Neither bytes nor a module.
      throw found === wasm && cause instanceof TypeError ? invalid(cause) : unloadable(cause);
    });
    return { Core };
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/** Compiles it while it streams, where the host says what it is. */
async function instantiate(found: Response | BufferSource | WebAssembly.Module): Promise<void> {
  const imports = __wbg_get_imports();
  const isStream =
    found instanceof Response &&
    !isPreloaded(found.url) &&
    /^application\/wasm$/i.test(found.headers.get("content-type") ?? "");
  const made = isStream
    ? await WebAssembly.instantiateStreaming(found, imports)
    : await WebAssembly.instantiate(
        found instanceof Response ? await found.arrayBuffer() : (found as BufferSource),
        imports,
      );
  __wbg_finalize_init(made instanceof WebAssembly.Instance ? made : made.instance, undefined);
}

/** Firefox may never finish compiling a file while it streams that the page has preloaded. */
function isPreloaded(url: string): boolean {
  if (!/Gecko\/\d/.test(navigator.userAgent)) return false;
  const links = document.querySelectorAll<HTMLLinkElement>('link[rel="preload"]');
  return [...links].some(({ href }) => href === url);
}

/** The answer to a request for the wasm. */
async function fetched(wasm: string | URL): Promise<Response> {
  // What a signed URL proves itself by is not for a message.
  const url = String(wasm).split(/[?#]/)[0];
  const response = await fetch(wasm).catch((cause: unknown) => {
    throw lost({ ...LOST, retryable: true }, `${url} can't be fetched`, cause);
  });
  const { ok, status, headers } = response;
  if (!ok) throw lost({ ...LOST, status, retryable: status > 499 }, `${url} answered ${status}`);
  if (headers.get("content-type")?.includes("html")) throw lost(LOST, `${url} is an HTML page`);
  return response;
}

function invalid(cause: unknown): AuthError {
  const message = "the configuration is not valid: wasm";
  return new AuthError({ code: "invalid_config", message, retryable: false }, cause);
}

function unloadable(cause: unknown): AuthError {
  const reason = String(cause);
  return lost(
    LOST,
    /unsafe-eval|CSP|Content.Security/i.test(reason)
      ? "the Content-Security-Policy has no 'wasm-unsafe-eval' in script-src"
      : reason,
    cause,
  );
}

function lost(
  details: { code: "wasm_unavailable"; retryable: boolean; status?: number },
  reason: string,
  cause?: unknown,
): AuthError {
  const message = `the wasm can't be loaded: ${reason}; see portcullis/docs/bundlers.md`;
  return new AuthError({ ...details, message }, cause);
}

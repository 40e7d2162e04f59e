import { provideRest } from "../src/js/rest.js";
import { AuthError } from "./auth_error.js";
import type { ClientConfig } from "./client_config.js";
import { Core, __wbg_finalize_init, __wbg_get_imports } from "./generated/portcullis.js";

/** What the wasm gives. */
export interface Glue {
  readonly Core: typeof Core;
}

export type { Core };

/** Where the wasm is that a page needs to begin with, or what it is; or what gives it and the rest. */
export type WasmSource = ClientConfig["wasm"] | WasmParts;

/** Names the build in both files of wasm, so that those of another do not fit. */
declare const BUILD: string;

/** The two files of wasm. */
export type WasmParts = (part: "first" | "rest") => Response;

/** What the glue has beside what wasm-bindgen declares (`dev/short_names.mjs`). */
declare module "./generated/portcullis.js" {
  function __wbg_get_imports(): WebAssembly.Imports;
  function __wbg_finalize_init(instance: WebAssembly.Instance, module: undefined): void;
}

const LOST = { code: "wasm_unavailable", retryable: false } as const;

let loading: Promise<Glue> | undefined;

/**
 * Fetches and compiles the wasm that a page needs to begin with, once a page. The rest may be fetched meanwhile,
 * and its being here is part of it then.
 */
export function loadCore(wasm: WasmSource, needsRest: boolean): Promise<Glue> {
  loading ??= load(wasm, needsRest).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Fetches and compiles the rest of it, once a page; there is no promise once it is here. */
export let loadRest: () => Promise<void> | undefined;

async function load(given: WasmSource, needsRest: boolean): Promise<Glue> {
  const restOnItsWay = needsRest ? foundRest(given) : undefined;
  // Whether it fails is asked later.
  restOnItsWay?.catch(() => {});
  // Bundlers know this expression, and bring the file along.
  const wasm = given === undefined ? new URL("portcullis_bg.wasm", import.meta.url) : given;
  const isUrl = typeof wasm === "string" || wasm instanceof URL;
  const found = isUrl ? await fetched(wasm) : typeof wasm === "function" ? wasm("first") : wasm;
  const imports = __wbg_get_imports();
  let rest: Record<string, Call> | undefined;
  // Nothing of the rest is called before it is here.
  const calls = {
    get:
      (_: object, name: string): Call =>
      (...given) =>
        rest![name]!(...given),
  };
  const first = await instantiate(found, {
    ...imports,
    [`rest ${BUILD}`]: new Proxy({}, calls),
  }).catch((cause: unknown) => {
    // Neither bytes nor a module.
    throw found === wasm && cause instanceof TypeError ? invalid(cause) : unloadable(cause);
  });
  __wbg_finalize_init(first, undefined);
  let coming: Promise<void> | undefined;
  loadRest = () => {
    if (rest) return undefined;
    coming ??= (restOnItsWay ?? foundRest(given))
      .then((found) =>
        instantiate(found, { ...imports, [`first ${BUILD}`]: first.exports as never }),
      )
      .then(
        ({ exports }) => void (rest = exports as never),
        (cause: unknown) => {
          coming = undefined;
          throw cause instanceof AuthError ? cause : unloadable(cause);
        },
      );
    return coming;
  };
  provideRest(loadRest);
  if (needsRest) await loadRest();
  return { Core };
}

/** A function of the wasm. */
type Call = (...given: unknown[]) => unknown;

/** The rest lies beside what `wasm` is the address of, or else beside this module. */
async function foundRest(wasm: WasmSource): Promise<Response> {
  if (typeof wasm === "function") return wasm("rest");
  const besideModule = new URL("portcullis_rest.wasm", import.meta.url);
  if (typeof wasm !== "string" && !(wasm instanceof URL)) return fetched(besideModule);
  const beside = new URL("portcullis_rest.wasm", new URL(wasm, location.href));
  // A bundler that gave the one an address may have given the other another name.
  return fetched(beside).catch(() => fetched(besideModule));
}

/** Compiles it while it streams, where the host says what it is. */
async function instantiate(
  found: Response | BufferSource | WebAssembly.Module,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
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
  return made instanceof WebAssembly.Instance ? made : made.instance;
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

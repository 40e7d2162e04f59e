import type { AuthErrorDetails } from "./auth_error.js";

/** The usual mistakes of a set-up. Each is also the anchor of its explanation in docs/mistakes.md. */
export type Mistake =
  | "bound-token"
  | "clock"
  | "content-security-policy"
  | "cors"
  | "insecure-page"
  | "issuer"
  | "no-refresh-token"
  | "redirect-uri"
  | "refresh-token-not-rotated"
  | "two-configurations";

/** What this page was warned of already. */
const warned = new Set<Mistake>();

/**
 * Warns of usual mistakes in the console, of each once a page. What it says, and how it finds out, is in
 * a file of its own that is fetched when there is something to warn of, or to look into.
 */
export class Warnings {
  readonly #isOn: boolean;
  readonly #issuer: unknown;

  constructor(isOn: boolean, issuer: unknown) {
    this.#isOn = isOn;
    this.#issuer = issuer;
  }

  warn(mistake: Mistake): void {
    if (!this.#isOn || warned.has(mistake)) return;
    warned.add(mistake);
    load().then(({ explain }) => explain(mistake), ignore);
  }

  /** Looks into an error that a mistake may be the cause of. */
  suspect({ code, oauthError, description }: AuthErrorDetails): void {
    if (!this.#isOn || !SUSPICIOUS.test(code)) return;
    const found = load().then(({ causeOf }) =>
      causeOf({ code, oauthError, description }, String(this.#issuer)),
    );
    found.then((mistake) => mistake && this.warn(mistake), ignore);
  }
}

const SUSPICIOUS =
  /^(id_token_(exp|iat|nbf)|issuer_mismatch|network|server_error|timeout|wasm_unavailable)$/;

function load() {
  return import("./mistakes.js");
}

/** Warnings are a comfort: without them everything works. */
function ignore(): void {}

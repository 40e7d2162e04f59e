import type { Mistake } from "./mistake.js";

const SENTENCES: Record<Mistake, string> = {
  "bound-token":
    "getAccessToken gave a token that is bound to this browser's key, which an API refuses unless client.fetch sends it.",
  clock:
    "The clocks of this device and the server differ by more than clockTolerance, so the ID token was refused.",
  "content-security-policy":
    "The page's Content-Security-Policy blocks WebAssembly or the hidden frame of silent logins.",
  cors: "The server does not allow this page's origin by CORS, so its answers can't be read.",
  "insecure-page":
    "This page is neither https nor localhost, so the browser gives it no cryptography to log in with.",
  issuer:
    "The option issuer is spelled differently from the issuer in the server's metadata, down to a trailing slash.",
  "no-refresh-token":
    "The login brought no refresh token: ask for the scope offline_access, and allow refresh tokens for this client at the server.",
  "redirect-uri":
    "The server or the host of this page does not know redirectUri as it is written: it has to be registered, and to be opened, exactly so.",
  "refresh-token-not-rotated":
    "The server neither replaces a refresh token that was used nor binds it to a key, so a stolen one would go unnoticed.",
  "two-configurations":
    "createClient was called with two configurations for the same issuer and clientId, whose clients share one session.",
};

/** Says in the console what a mistake is, and where it is explained. */
export function explain(mistake: Mistake): void {
  console.warn(`[portcullis] ${SENTENCES[mistake]} See portcullis/docs/mistakes.md#${mistake}`);
}

/** What is known of an error. */
interface Suspect {
  code: string;
  oauthError?: string | undefined;
  description?: string | undefined;
}

/** The mistake that an error comes from, if there is one that can be made sure of. */
export async function causeOf(error: Suspect, issuer: string): Promise<Mistake | undefined> {
  const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  switch (error.code) {
    case "server_error":
      return isAboutRedirectUri(error) ? "redirect-uri" : undefined;
    case "issuer_mismatch":
      return (await hasOtherIssuer(discovery, issuer)) ? "issuer" : undefined;
    case "network":
      return (await isBlockedByCors(discovery)) ? "cors" : undefined;
    case "timeout":
      return (await isFrameBlocked(discovery)) ? "content-security-policy" : undefined;
    case "wasm_unavailable":
      return (await isWasmBlocked()) ? "content-security-policy" : undefined;
    default:
      return "clock";
  }
}

function isAboutRedirectUri({ oauthError, description }: Suspect): boolean {
  return oauthError === "invalid_redirect_uri" || /redirect.?uri/i.test(description ?? "");
}

async function hasOtherIssuer(discovery: string, issuer: string): Promise<boolean> {
  const metadata = (await (await ask(discovery, "cors")).json()) as { issuer?: unknown };
  return metadata.issuer !== issuer;
}

/**
 * Whether the server answers, but not so that this page may read it: its metadata, or an answer of the
 * token endpoint.
 */
async function isBlockedByCors(discovery: string): Promise<boolean> {
  const metadata = await ask(discovery, "cors").catch(() => undefined);
  if (!metadata) return ask(discovery, "no-cors").then(Boolean);
  const { token_endpoint } = (await metadata.json()) as { token_endpoint: string };
  const init = { method: "POST", body: new URLSearchParams() };
  const isReadable = await ask(token_endpoint, "cors", init).then(Boolean, () => false);
  return !isReadable && ask(token_endpoint, "no-cors", init).then(Boolean);
}

function ask(url: string, mode: RequestMode, init?: RequestInit): Promise<Response> {
  return fetch(url, { mode, credentials: "omit", cache: "no-store", ...init });
}

/** Whether the page's policy keeps frames of the server out. */
function isFrameBlocked(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    const end = (isBlocked: boolean): void => {
      frame.remove();
      document.removeEventListener("securitypolicyviolation", violated);
      resolve(isBlocked);
    };
    const violated = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
      if (/^(frame|child|default)-src$/.test(effectiveDirective)) end(true);
    };
    document.addEventListener("securitypolicyviolation", violated);
    frame.hidden = true;
    // The violation is told before a frame that stays empty is loaded, or at once after it.
    frame.onload = () => setTimeout(end, 500, false);
    frame.src = url;
    document.body.append(frame);
  });
}

/** Whether not even an empty module may be compiled. */
async function isWasmBlocked(): Promise<boolean> {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  return WebAssembly.compile(empty).then(
    () => false,
    () => true,
  );
}

import { AuthError } from "./auth_error.js";

/** What the core ends the `state` of a login with that was begun for a window of its own. */
const MARK = "-popup";
/** The answer of the window that began the login: it has the callback. */
const TAKEN = "taken";

/** Seconds the user has by default. */
const DEFAULT_TIMEOUT = 300;
/** How often it is looked whether the popup is still open. */
const LOOK_EVERY_MS = 50;
/** In how many looks it has to be at the server: one that is being cut off is there for a moment. */
const LOOKS_TO_BE_SEEN = 10;
/** How long a callback may still come from a popup that looks closed: its last page may be on its way. */
const CLOSED_GRACE_MS = 3_000;
/** How long the popup waits for the window that began the login. */
const TAKEN_WITHIN_MS = 2_000;
/** How long a page may take to go away that was told to close. */
const CLOSED_WITHIN_MS = 1_000;

/** A login that was begun for a window of its own. */
interface BegunLogin {
  url: string;
  state: string;
}

/** A popup, open or opened, and how many seconds it has. */
export interface Popup {
  readonly window: Window;
  readonly timeout: number;
  /** Whether it has been sent to the server. */
  isSent: boolean;
}

/**
 * Opens the window of a login, or takes the one that the app has. No step before it is asynchronous, as
 * browsers let a page open a window only while the user does something.
 */
export function openPopup(
  popup: Window | null | undefined,
  timeout: number | null | undefined,
): Popup {
  if (popup?.closed) throw wasClosed();
  const opened = popup ?? window.open("", "_blank", features(480, 640));
  if (!opened || opened.closed) throw failure("popup_blocked", "the browser blocked the popup");
  return { window: opened, timeout: timeout ?? DEFAULT_TIMEOUT, isSent: false };
}

/** In the middle of this window. */
function features(width: number, height: number): string {
  const left = Math.round(screenX + (outerWidth - width) / 2);
  const top = Math.round(screenY + (outerHeight - height) / 2);
  return `popup,width=${width},height=${height},left=${left},top=${top}`;
}

/**
 * Goes through a login in a popup and gives the URL that it came back with. The popup is closed then.
 *
 * @param begin gives the login, as JSON
 */
export async function callbackOfPopup(
  begin: () => Promise<string>,
  popup: Popup,
  closing: AbortSignal,
): Promise<string> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), popup.timeout * 1000);
  try {
    const ended = Promise.race([endOf(limit.signal, closing), endByUser(popup, limit.signal)]);
    const begun = JSON.parse(await Promise.race([begin(), ended]));
    if (popup.window.closed) throw wasClosed();
    return await Promise.race([callbackFrom(popup, begun, limit.signal), ended]);
  } finally {
    clearTimeout(timer);
    limit.abort();
    popup.window.close();
  }
}

/** Rejects when the time is over, or the client is closed. */
function endOf(limit: AbortSignal, closing: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = failure("timeout", "no answer came from the popup in time", true);
    limit.addEventListener("abort", () => reject(late));
    const closed = (): void => reject(failure("aborted", "the client was closed"));
    if (closing.aborted) closed();
    closing.addEventListener("abort", closed, { signal: limit });
  });
}

/**
 * Sends the popup to the server and waits for what it comes back with, until `end`.
 *
 * It comes over a channel that only those two know who know `state`. The popup itself can't be asked:
 * `Cross-Origin-Opener-Policy` cuts it off from this page.
 */
function callbackFrom(popup: Popup, { url, state }: BegunLogin, end: AbortSignal) {
  return new Promise<string>((resolve) => {
    const channel = new BroadcastChannel(channelOf(state));
    end.addEventListener("abort", () => channel.close());
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== "string" || stateIn(data) !== state) return;
      channel.postMessage(TAKEN);
      resolve(data);
    };
    popup.isSent = true;
    popup.window.location.replace(url);
  });
}

/**
 * Rejects when the user has closed the popup. `closed` is also true of one that was cut off, which happens
 * when it gets to the server: who was seen there was not cut off, nor who was not sent there yet.
 */
function endByUser(popup: Popup, end: AbortSignal): Promise<never> {
  const { window } = popup;
  let leaves = 0;
  let seen = 0;
  let closedFor = 0;
  return new Promise((_, reject) => {
    try {
      // Its first page is told once when it is sent, and once more only when it is closed on its way.
      window.addEventListener("beforeunload", () => leaves++);
    } catch {
      // The window is the app's own, and elsewhere.
    }
    const timer = setInterval(() => {
      if (!window.closed) seen += isElsewhere(window) ? 1 : 0;
      else if (!popup.isSent || leaves > 1) reject(wasClosed());
      else if (seen >= LOOKS_TO_BE_SEEN) closedFor += LOOK_EVERY_MS;
      if (closedFor >= CLOSED_GRACE_MS) reject(wasClosed());
    }, LOOK_EVERY_MS);
    end.addEventListener("abort", () => clearInterval(timer));
  });
}

/** Whether a window shows a page of another origin, whose URL nobody can read here. */
function isElsewhere(popup: Window): boolean {
  try {
    return popup.location.href === undefined;
  } catch {
    return true;
  }
}

let handingOver: Promise<void> | undefined;

/**
 * On the page that a popup came back to: hands the callback to the window that began the login, and
 * closes. Where that window is gone, and on any other page, it settles, and the page goes on by itself.
 */
export function handOverCallback(): Promise<void> {
  handingOver ??= handOver(globalThis.location?.href ?? "");
  return handingOver;
}

async function handOver(url: string): Promise<void> {
  const state = stateIn(url);
  if (!state?.endsWith(MARK)) return;
  const channel = new BroadcastChannel(channelOf(state));
  const taken = new Promise((resolve) => (channel.onmessage = () => resolve(true)));
  channel.postMessage(url);
  const isTaken = await Promise.race([taken, after(TAKEN_WITHIN_MS)]);
  channel.close();
  if (!isTaken) return;
  window.close();
  await after(CLOSED_WITHIN_MS);
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function channelOf(state: string): string {
  return `portcullis popup ${state}`;
}

/** The `state` of an authorization response, in whichever place it came. */
function stateIn(url: string): string | null {
  const [, query = "", fragment = ""] = /^[^?#]*(?:\?([^#]*))?(?:#(.*))?$/.exec(url) ?? [];
  return new URLSearchParams(query).get("state") ?? new URLSearchParams(fragment).get("state");
}

function wasClosed(): AuthError {
  return failure("popup_closed", "the popup was closed");
}

function failure(
  code: "aborted" | "popup_blocked" | "popup_closed" | "timeout",
  message: string,
  retryable = false,
) {
  return new AuthError({ code, message, retryable });
}

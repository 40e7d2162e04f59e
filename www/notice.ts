import { AuthError } from "portcullis";
import { create, named } from "./element";

const TITLES: Partial<Record<string, string>> = {
  access_denied: "You said no, so nobody is logged in.",
  login_required: "You need to log in again.",
  interaction_required: "The server wants to ask you something. Log in again.",
  discovery_failed: "The authorization server can’t be reached.",
  network: "The server can’t be reached.",
  timeout: "The server took too long to answer.",
  state_mismatch: "That login did not start in this browser.",
  no_transaction: "That login did not start in this browser.",
  transaction_expired: "That login took too long. Start again.",
  popup_blocked: "The browser did not open a window.",
  popup_closed: "The window was closed, so nobody is logged in.",
  session_ended: "Your session has ended.",
  not_authenticated: "You are not logged in.",
  invalid_config: "The demo is configured wrongly.",
  unsupported: "This browser lacks something that Portcullis needs.",
  storage_unavailable: "This browser does not let the page store anything.",
};

/** The one place where the page says that something went wrong. */
export class Notice {
  readonly #box = named("notice");

  show(error: unknown, more = ""): void {
    const title = error instanceof AuthError ? TITLES[error.code] : undefined;
    const lines = create("div", "notice-text");
    lines.append(create("p", "notice-title", title ?? "Something went wrong."));
    lines.append(create("p", "notice-message", [messageOf(error), more].filter(Boolean).join(" ")));
    this.#box.replaceChildren(lines);
    if (error instanceof AuthError) {
      this.#box.dataset["code"] = error.code;
      lines.append(create("code", "notice-code", codeOf(error)));
    } else {
      delete this.#box.dataset["code"];
    }
    this.#box.append(this.#dismissButton());
    this.#box.hidden = false;
  }

  hide(): void {
    this.#box.hidden = true;
    this.#box.replaceChildren();
  }

  #dismissButton(): HTMLButtonElement {
    const button = create("button", "button button-small", "Dismiss");
    button.type = "button";
    button.addEventListener("click", () => this.hide());
    return button;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AuthError && error.description) {
    return `${error.message} (${error.description})`;
  }
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: AuthError): string {
  const oauth = error.oauthError && error.oauthError !== error.code ? ` · ${error.oauthError}` : "";
  return error.code + oauth;
}

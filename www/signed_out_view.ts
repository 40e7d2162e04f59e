import type { AnonymousReason } from "portcullis";
import { element, named } from "./element";
import { Gate } from "./gate";

const SENTENCES: Record<AnonymousReason, string> = {
  never: "",
  logged_out: "You are logged out, here and at the server.",
  logged_out_elsewhere: "You logged out in another tab.",
  expired: "Your session has expired.",
  revoked: "The server has ended your session.",
  idle: "You were logged out because nothing happened for a while.",
  login_failed: "That login did not work out.",
};

/** What a visitor sees who is not logged in. */
export class SignedOutView {
  readonly #section = element("#signed-out");
  readonly #reason = named("reason");

  constructor(issuer: string) {
    new Gate("hero");
    element("#login-host").textContent = new URL(issuer).host;
  }

  /** Shows why nobody is logged in, and gives the sentence that says so; empty where there is no why. */
  show(reason: AnonymousReason): string {
    this.#reason.dataset["reason"] = reason;
    this.#reason.textContent = SENTENCES[reason];
    this.#reason.hidden = reason === "never";
    this.#section.hidden = false;
    return SENTENCES[reason];
  }

  hide(): void {
    this.#section.hidden = true;
  }
}

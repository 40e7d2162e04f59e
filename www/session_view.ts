import type { AuthState, User } from "portcullis";
import { clockTime } from "./clock_time";
import { Countdown } from "./countdown";
import { create, element, named } from "./element";
import { Gate } from "./gate";
import { Timeline } from "./timeline";

export type Authenticated = Extract<AuthState, { status: "authenticated" }>;

const SENDERS: Record<Authenticated["sender"], string> = {
  bearer: "Bearer",
  dpop: "DPoP, bound to this browser’s key",
};

/** What someone sees who is logged in: who they are, and the session as it lives. */
export class SessionView {
  readonly #section = element("#signed-in");
  readonly #number = element("#remaining-number");
  readonly #unit = element("#remaining-unit");
  readonly #caption = element("#remaining-caption");
  readonly #refreshCount = named("refresh-count");
  readonly #gate = new Gate("session");
  readonly #timeline = new Timeline();
  readonly #countdown = new Countdown((now) => this.#tick(now));
  #expiresAt = 0;
  #refreshes = 0;

  show(state: Authenticated): void {
    this.#showUser(state.user);
    element("#sender").textContent = SENDERS[state.sender];
    element("#scope").replaceChildren(...state.scope.map((name) => create("li", "chip", name)));
    this.#section.hidden = false;
    // Later tokens are marked by their `refreshed` event, which knows whose they are.
    if (this.#timeline.isEmpty && state.expiresAt > Date.now()) {
      this.#timeline.tokenArrived("login", Date.now(), state.expiresAt);
    }
    this.#countDownTo(state.expiresAt);
  }

  hide(): void {
    this.#countdown.stop();
    this.#timeline.clear();
    this.#expiresAt = 0;
    this.#refreshes = 0;
    this.#refreshCount.textContent = "0";
    this.#section.hidden = true;
  }

  refreshed(by: "this_tab" | "another_tab", expiresAt: number): void {
    this.#refreshes += 1;
    this.#refreshCount.textContent = String(this.#refreshes);
    this.#timeline.tokenArrived(by, Date.now(), expiresAt);
    this.#countDownTo(expiresAt);
  }

  refreshFailed(): void {
    this.#timeline.refreshFailed(Date.now());
  }

  #countDownTo(expiresAt: number): void {
    this.#expiresAt = expiresAt;
    element("#expires-at").textContent = expiresAt > 0 ? clockTime(expiresAt) : "not known yet";
    this.#countdown.runTo(expiresAt);
  }

  #tick(now: number): void {
    const remaining = Math.max(0, Math.round((this.#expiresAt - now) / 1000));
    const inMinutes = remaining >= 600;
    this.#number.textContent = String(inMinutes ? Math.floor(remaining / 60) : remaining);
    this.#unit.textContent = inMinutes ? "min" : "s";
    this.#caption.textContent =
      remaining > 0
        ? "left for this access token; a new one comes before it runs out"
        : "waiting for a new access token";
    this.#gate.raise(
      this.#timeline.isEmpty ? 0 : (this.#expiresAt - now) / this.#timeline.lifetime,
    );
    this.#timeline.draw(now);
  }

  #showUser(user: User): void {
    named("user-name").textContent = user.name ?? user.preferred_username ?? user.sub;
    element("#user-email").textContent = emailText(user);
    element("#user-subject").textContent = user.sub;
    element("#user-issuer").textContent = user.claims.iss;
  }
}

function emailText(user: User): string {
  if (!user.email) {
    return "not shared";
  }
  return user.email_verified ? `${user.email} (verified)` : user.email;
}

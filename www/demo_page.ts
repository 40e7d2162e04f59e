import { AuthError, type AuthState, type Client } from "portcullis";
import { actionButton } from "./action_button";
import { AnswerView } from "./answer_view";
import { clockTime } from "./clock_time";
import type { DemoConfig } from "./demo_config";
import { element } from "./element";
import type { EventLog } from "./event_log";
import type { Notice } from "./notice";
import { SessionView } from "./session_view";
import { SignedOutView } from "./signed_out_view";

/** The page once the client runs: shows its state, tells its events, and lets the visitor act. */
export class DemoPage {
  readonly #session = new SessionView();
  readonly #signedOut: SignedOutView;
  readonly #apiAnswer = new AnswerView("api-result");
  readonly #userInfoAnswer = new AnswerView("userinfo-result");
  #status: AuthState["status"] | undefined;
  #renewalFails = false;

  constructor(
    readonly client: Client,
    readonly config: DemoConfig,
    readonly tabLabel: string,
    readonly log: EventLog,
    readonly notice: Notice,
  ) {
    this.#signedOut = new SignedOutView(config.issuer);
  }

  open(): void {
    this.#bindButtons();
    this.#listen();
    this.#show(this.client.state);
    const failure = this.client.callback?.error;
    if (failure) {
      this.notice.show(failure);
    }
  }

  #listen(): void {
    this.client.subscribe((state) => this.#show(state));
    this.client.on("refreshed", ({ by, expiresAt }) => {
      this.#session.refreshed(by, expiresAt);
      const tab = by === "this_tab" ? "this tab" : "another tab";
      this.log.add(`Token renewed by ${tab}, good until ${clockTime(expiresAt)}.`, "good");
      if (this.#renewalFails) {
        this.#renewalFails = false;
        this.notice.hide();
      }
    });
    this.client.on("refreshFailed", ({ error, retryAt }) => {
      this.#session.refreshFailed();
      this.#renewalFails = true;
      const next = retryAt === null ? "" : `Next try at ${clockTime(retryAt)}.`;
      this.notice.show(error, next);
      this.log.add(`Could not renew the token (${error.code}). ${next}`.trim(), "bad");
    });
  }

  #show(state: AuthState): void {
    const before = this.#status;
    this.#status = state.status;
    document.body.dataset["status"] = state.status;
    if (state.status === "authenticated") {
      this.#signedOut.hide();
      this.#session.show(state);
      if (before !== state.status) {
        this.#sayLoggedIn(before, state.user.name ?? state.user.sub);
      }
    } else {
      this.#session.hide();
      this.#apiAnswer.clear();
      this.#userInfoAnswer.clear();
      const sentence = this.#signedOut.show(state.reason);
      this.log.add(sentence || "No session in this browser.", state.error ? "bad" : "plain");
      if (state.error) {
        this.notice.show(state.error);
      }
    }
    if (before !== undefined && before !== state.status) {
      this.#moveFocus(state.status);
    }
  }

  #sayLoggedIn(before: AuthState["status"] | undefined, name: string): void {
    if (before !== undefined) {
      this.notice.hide();
      this.log.add(`Logged in as ${name}, in another window.`, "good");
    } else if (this.client.callback) {
      this.log.add(`Logged in as ${name}.`, "good");
    } else {
      this.log.add(`Session of ${name} restored.`, "good");
    }
  }

  /** The button that had the focus may just have gone: carry on at the new heading. */
  #moveFocus(status: AuthState["status"]): void {
    if (!document.activeElement?.checkVisibility()) {
      element(status === "authenticated" ? "#signed-in-heading" : "#signed-out-heading").focus();
    }
  }

  #bindButtons(): void {
    this.#bind("login", () =>
      this.client.loginWithRedirect({
        returnTo: location.pathname + location.search + location.hash,
        appState: { tab: this.tabLabel },
      }),
    );
    this.#bind("login-popup", async () => void (await this.client.loginWithPopup()));
    this.#bind("logout", () => this.client.logout());
    this.#bind("refresh", () => this.client.refresh());
    this.#bind("call-api", () => this.#callApi());
    this.#bind("userinfo", () => this.#callUserInfo());
  }

  #bind(testId: string, action: () => Promise<void>): void {
    const run = (): Promise<void> => {
      if (!this.#renewalFails) {
        this.notice.hide();
      }
      return action();
    };
    actionButton(testId, run, (error) => {
      this.notice.show(error);
      this.log.add(`That did not work (${codeOf(error)}).`, "bad");
    });
  }

  async #callApi(): Promise<void> {
    const url = `${this.config.api}/me`;
    const request = `GET ${new URL(url).pathname}`;
    const start = performance.now();
    try {
      const response = await this.client.fetch(url);
      const tookMs = performance.now() - start;
      await this.#apiAnswer.showResponse(request, response, tookMs);
      this.log.add(`${request} answered ${response.status}.`, response.ok ? "good" : "bad");
    } catch (error) {
      this.#apiAnswer.showFailure(request, codeOf(error), performance.now() - start);
      throw error;
    }
  }

  async #callUserInfo(): Promise<void> {
    const start = performance.now();
    try {
      const userInfo = await this.client.getUserInfo();
      this.#userInfoAnswer.showValue("UserInfo", userInfo, performance.now() - start);
      this.log.add("UserInfo answered.", "good");
    } catch (error) {
      this.#userInfoAnswer.showFailure("UserInfo", codeOf(error), performance.now() - start);
      throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof AuthError ? error.code : "unexpected";
}

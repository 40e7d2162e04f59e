import { renderPage } from "./page.mjs";

/** @typedef {import("oidc-provider").KoaContextWithOIDC} OidcContext */

/**
 * @param {OidcContext} ctx
 * @param {{ error: string, error_description?: string | undefined }} out
 */
export function renderError(ctx, { error, error_description: description }) {
  renderPage(ctx, "error", { title: "This did not work", error, description });
}

export const logoutPages = {
  /**
   * A valid `id_token_hint` of the very person who is logged in shows that the client speaks for
   * that person, so no question is asked.
   *
   * @param {OidcContext} ctx
   */
  logoutSource(ctx) {
    const session = ctx.oidc.session;
    const hint = /** @type {{ payload: { sub: string } } | undefined} */ (
      ctx.oidc.entities.IdTokenHint
    );
    const known = hint !== undefined && hint.payload.sub === session?.accountId;
    renderPage(ctx, known ? "logging_out" : "logout", {
      title: known ? "Logging you out" : "Log out?",
      ...formOf(ctx, "end_session_confirm"),
    });
  },

  /** @param {OidcContext} ctx */
  postLogoutSuccessSource(ctx) {
    renderPage(ctx, "done", { title: "You are logged out", message: "You can close this page." });
  },
};

export const deviceFlowPages = {
  /**
   * @param {OidcContext} ctx
   * @param {string} _form
   * @param {{ error: string } | undefined} [out]
   * @param {Error & { userCode?: string } | undefined} [error]
   */
  userCodeInputSource(ctx, _form, out, error) {
    renderPage(ctx, "device_code", {
      title: "Connect a device",
      ...formOf(ctx, "code_verification"),
      userCode: error?.userCode ?? "",
      problem: error && deviceProblem(error, out?.error),
    });
  },

  /**
   * @param {OidcContext} ctx
   * @param {string} _form
   * @param {import("oidc-provider").Client} client
   * @param {unknown} _deviceInfo
   * @param {string} userCode
   */
  userCodeConfirmSource(ctx, _form, client, _deviceInfo, userCode) {
    renderPage(ctx, "device_confirm", {
      title: "Is this your device?",
      ...formOf(ctx, "code_verification"),
      clientName: client.clientName ?? client.clientId,
      userCode,
    });
  },

  /** @param {OidcContext} ctx */
  successSource(ctx) {
    renderPage(ctx, "done", {
      title: "Your device is connected",
      message: "Go back to your device. You can close this page.",
    });
  },
};

/**
 * @param {OidcContext} ctx
 * @param {string} route
 */
function formOf(ctx, route) {
  const state = /** @type {{ secret: string } | undefined} */ (ctx.oidc.session?.state);
  return { action: ctx.oidc.urlFor(route), xsrf: state?.secret };
}

/**
 * @param {Error & { userCode?: string }} error
 * @param {string} [code]
 */
function deviceProblem(error, code) {
  if (error.name === "AbortedError" || code === "access_denied") {
    return "You did not allow the device to log in.";
  }
  if (error.userCode !== undefined || error.name === "NoCodeError") {
    return "That code is not right, or no longer valid. Please look at your device again.";
  }
  return "Something went wrong. Please enter the code again.";
}

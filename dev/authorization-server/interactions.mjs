import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { errors } from "./oidc_provider.mjs";
import { renderPage } from "./page.mjs";
import { describeScopes } from "./scopes.mjs";
import { authenticate, users } from "./users.mjs";

/** @typedef {import("oidc-provider").Provider} Provider */
/** @typedef {import("./page.mjs").Context} Context */
/** @typedef {Awaited<ReturnType<Provider["interactionDetails"]>>} Interaction */

/**
 * The pages that stand between an authorization request and its answer: login and consent.
 *
 * @param {Provider} provider
 * @param {import("./consents.mjs").Consents} consents
 */
export function interactionRoutes(provider, consents) {
  const router = new Router({ prefix: "/interaction/:uid" });
  router.use(explainLostInteraction, bodyParser({ enableTypes: ["form"] }));

  router.get("/", async (ctx) => {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    await show(ctx, provider, interaction);
  });

  router.post("/login", async (ctx) => {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    const { username = "", password = "" } = formFields(ctx);
    const accountId = authenticate(username, password);
    if (accountId) return finish(ctx, provider, { login: { accountId } });
    return show(ctx, provider, interaction, {
      username,
      problem: "That username and password do not match. Please try again.",
    });
  });

  router.post("/consent", async (ctx) => {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    const grantId = await saveConsent(provider, consents, interaction);
    await finish(ctx, provider, { consent: { grantId } });
  });

  router.post("/deny", async (ctx) => {
    await finish(ctx, provider, {
      error: "access_denied",
      error_description: "the end-user denied the request",
    });
  });

  return router.routes();
}

/**
 * @param {Context} ctx
 * @returns {Record<string, string>}
 */
function formFields(ctx) {
  const fields = /** @type {Record<string, unknown>} */ (ctx.request.body ?? {});
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

/**
 * @param {Context} ctx
 * @param {Provider} provider
 * @param {Interaction} interaction
 * @param {Record<string, unknown>} [again] what to show when the page is shown once more
 */
async function show(ctx, provider, { uid, prompt, params, session }, again = {}) {
  ctx.set("Cache-Control", "no-store");
  const client = await provider.Client.find(String(params.client_id));
  const shared = { uid, clientName: client?.clientName ?? params.client_id };
  if (prompt.name === "login") {
    const username = params.login_hint ?? "";
    renderPage(ctx, "login", { title: "Log in", ...shared, users, username, ...again });
  } else {
    renderPage(ctx, "consent", {
      title: "Allow access?",
      ...shared,
      username: session?.accountId,
      permissions: describeScopes(missingScopes(prompt.details)),
    });
  }
}

/**
 * @param {Context} ctx
 * @param {Provider} provider
 * @param {import("oidc-provider").InteractionResults} result
 */
async function finish(ctx, provider, result) {
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result);
  ctx.redirect(returnTo);
  ctx.status = 303;
}

/** @typedef {{ missingOIDCScope?: string[], missingOIDCClaims?: string[], missingResourceScopes?: Record<string, string[]> }} ConsentDetails */

/** @param {Record<string, unknown>} details */
function missingScopes(details) {
  const { missingOIDCScope = [], missingResourceScopes = {} } = /** @type {ConsentDetails} */ (
    details
  );
  return [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()];
}

/**
 * @param {Provider} provider
 * @param {import("./consents.mjs").Consents} consents
 * @param {Interaction} interaction
 * @returns {Promise<string>} the grant's id
 */
async function saveConsent(provider, consents, { grantId, prompt, params, session }) {
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) });
  const details = /** @type {ConsentDetails} */ (prompt.details);
  if (details.missingOIDCScope) grant.addOIDCScope(details.missingOIDCScope.join(" "));
  if (details.missingOIDCClaims) grant.addOIDCClaims(details.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(" "));
  }
  if (session) await consents.remember(session.uid, grant);
  return grant.save();
}

/**
 * @param {Context} ctx
 * @param {() => Promise<unknown>} next
 */
async function explainLostInteraction(ctx, next) {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    ctx.status = 400;
    renderPage(ctx, "error", {
      title: "This login is over",
      error: error.error,
      description: "It was finished already, or it took too long. Please start again in the app.",
    });
  }
}

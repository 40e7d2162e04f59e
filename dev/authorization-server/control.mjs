import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { z } from "zod";
import { shiftClock } from "./clock.mjs";
import { endpoints } from "./endpoints.mjs";
import { endSessions, revokeTokens } from "./sqlite_adapter.mjs";

const faultSchema = z
  .strictObject({
    endpoint: z.enum([...endpoints, "any"]),
    kind: z.enum(["delay", "delay_after", "drop_before", "drop_after", "respond", "body"]),
    times: z.int().positive().default(1),
    delayMs: z.int().positive().max(600_000).optional(),
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    cors: z.boolean().default(true),
  })
  .refine(({ kind, delayMs }) => !kind.startsWith("delay") || delayMs, {
    message: "a delay needs its length",
    path: ["delayMs"],
  });

const clockSchema = z.strictObject({ offsetSeconds: z.number() });

const rotateSchema = z.strictObject({
  keepOld: z.boolean().default(true),
  sameKeyIds: z.boolean().default(false),
});

const revokeSchema = z.strictObject({ sub: z.string().optional() });

const dpopSchema = z.strictObject({ requireNonce: z.boolean() });

const accessTokensSchema = z.strictObject({
  format: z.enum(["jwt", "opaque"]).optional(),
  ttl: z.int().positive().optional(),
});

const nothingSchema = z.strictObject({});

/**
 * The control interface, which lets a test break things.
 *
 * @param {object} parts
 * @param {import("./options.mjs").Settings} parts.settings
 * @param {import("./faults.mjs").FaultList} parts.faults
 * @param {import("./request_log.mjs").RequestLog} parts.requests
 * @param {import("./database.mjs").Database} parts.database
 * @param {(how: { keepOld: boolean, sameKeyIds: boolean }) => Promise<void>} parts.rotateKeys
 */
export function controlRoutes({ settings, faults, requests, database, rotateKeys }) {
  const router = new Router({ prefix: "/control" });
  router.use(refuseBadInput, bodyParser({ enableTypes: ["json"] }));

  router.post("/faults", (ctx) => {
    faults.add(faultSchema.parse(ctx.request.body ?? {}));
    ctx.status = 204;
  });
  router.delete("/faults", (ctx) => {
    faults.clear();
    ctx.status = 204;
  });
  router.post("/clock", (ctx) => {
    shiftClock(clockSchema.parse(ctx.request.body ?? {}).offsetSeconds);
    ctx.status = 204;
  });
  router.post("/keys/rotate", async (ctx) => {
    await rotateKeys(rotateSchema.parse(ctx.request.body ?? {}));
    ctx.status = 204;
  });
  router.post("/grants/revoke", (ctx) => {
    const { sub } = revokeSchema.parse(ctx.request.body ?? {});
    ctx.body = { revoked: revokeTokens(database, sub) };
  });
  router.post("/sessions/end", (ctx) => {
    nothingSchema.parse(ctx.request.body ?? {});
    ctx.body = { ended: endSessions(database) };
  });
  router.post("/access-tokens", (ctx) => {
    const { format, ttl } = accessTokensSchema.parse(ctx.request.body ?? {});
    settings.accessTokenFormat = format ?? settings.accessTokenFormat;
    settings.accessTokenTtl = ttl ?? settings.accessTokenTtl;
    ctx.status = 204;
  });
  router.post("/dpop", (ctx) => {
    settings.requireDpopNonce = dpopSchema.parse(ctx.request.body ?? {}).requireNonce;
    ctx.status = 204;
  });
  router.get("/requests", (ctx) => {
    ctx.body = requests.entries;
  });
  router.delete("/requests", (ctx) => {
    requests.clear();
    ctx.status = 204;
  });
  return router.routes();
}

/**
 * @param {import("./page.mjs").Context} ctx
 * @param {() => Promise<unknown>} next
 */
async function refuseBadInput(ctx, next) {
  try {
    await next();
  } catch (error) {
    const status = /** @type {{ status?: number }} */ (error).status;
    if (!(error instanceof z.ZodError) && status !== 400) throw error;
    ctx.status = 400;
    ctx.body = {
      error: error instanceof z.ZodError ? z.prettifyError(error) : "the body is not valid JSON",
    };
  }
}

const isLong = process.env.PORTCULLIS_RELIABILITY === "long";

/** How much of each: enough to notice a defect, or as much as docs/reliability.md tells. */
export const amounts = isLong
  ? { expiries: 20, kills: 50, losses: 50, offlineMs: 5 * 60_000, soakMs: 10 * 60_000 }
  : { expiries: 20, kills: 5, losses: 5, offlineMs: 0, soakMs: 10_000 };

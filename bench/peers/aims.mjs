import { rounded } from "./charts.mjs";
import { SETTLING } from "./memory.mjs";
import { quartiles } from "./statistics.mjs";

/** @typedef {import("./measure.mjs").Measured} Measured */
/** @typedef {import("./measure.mjs").Results} Results */

/**
 * @typedef {object} Aim what Portcullis wants to be, and is or is not
 * @property {string} what
 * @property {string} limit
 * @property {string} measured
 * @property {boolean} isReached
 */

/**
 * @param {Measured} library
 * @param {string} figure
 */
export function medianOf({ rounds }, figure) {
  return quartiles(rounds[figure]).median;
}

/**
 * How much memory moves over many refreshes, as a share of its amount in the first sample that counts.
 *
 * @param {Pick<Results, "memory">} results
 * @param {import("./memory.mjs").MemoryKind} kind
 * @param {number} [from] the refreshes that come before that sample
 */
export function growth({ memory }, kind, from = SETTLING) {
  const amounts = memory.filter(({ refreshes }) => refreshes >= from).map((sample) => sample[kind]);
  return Math.max(...amounts.map((amount) => Math.abs(amount - amounts[0]))) / amounts[0];
}

/**
 * @param {Results} results
 * @returns {Aim[]}
 */
export function aims(results) {
  const [ours, ...others] = results.libraries;
  const peer = (/** @type {string} */ name) => {
    const found = others.find((library) => library.name === name);
    if (!found) throw new Error(`${name} was not measured.`);
    return found;
  };
  const ratio = (/** @type {string} */ figure, /** @type {string} */ name) =>
    medianOf(ours, figure) / medianOf(peer(name), figure);
  const times = (/** @type {number} */ value) => `${value.toFixed(2)} ×`;
  const [spa, auth0, ts] = ["oidc-spa", "@auth0/auth0-spa-js", "oidc-client-ts"];
  const most = (/** @type {number} */ value, /** @type {number} */ limit) => ({
    measured: times(value),
    limit: `${limit.toFixed(1)} ×`,
    isReached: value <= limit,
  });
  const exactly = (/** @type {number} */ value, /** @type {number} */ limit) => ({
    measured: String(value),
    limit: String(limit),
    isReached: value === limit,
  });
  const read = medianOf(ours, "tokenRead");
  const percent = (/** @type {number} */ share) => ({
    measured: `${(share * 100).toFixed(1)} %`,
    limit: "5 %",
    isReached: share <= 0.05,
  });
  const kB = (/** @type {number} */ bytes) => ({
    measured: `${(bytes / 1000).toFixed(1)} kB`,
    limit: "55 kB",
    isReached: bytes <= 55_000,
  });
  return [
    { what: "bytes until it is ready, brotli -11", ...kB(medianOf(ours, "coldBytes")) },
    { what: "bytes in all, brotli -11", ...kB(ours.size.brotli) },
    { what: `cold load to ready, to ${spa}`, ...most(ratio("coldReady", spa), 1) },
    { what: `cold load to ready, to ${auth0}`, ...most(ratio("coldReady", auth0), 1) },
    { what: `warm load to ready, to ${spa}`, ...most(ratio("warmReady", spa), 1) },
    { what: `warm load to ready, to ${auth0}`, ...most(ratio("warmReady", auth0), 1) },
    { what: "serial round trips of a callback", ...exactly(medianOf(ours, "callbackTrips"), 1) },
    {
      what: "requests of a reload until the state is known",
      ...exactly(medianOf(ours, "reloadReadyRequests"), 0),
    },
    { what: `reload until the state is known, to ${ts}`, ...most(ratio("reloadReady", ts), 1.2) },
    {
      what: "serial round trips of a reload until a token is usable",
      ...exactly(medianOf(ours, "reloadTrips"), 1),
    },
    {
      what: "a token that is at hand",
      measured: `${read.toFixed(2)} µs`,
      limit: "1 µs",
      isReached: read <= 1,
    },
    { what: `a token that is at hand, to ${auth0}`, ...most(ratio("tokenRead", auth0), 1) },
    { what: "timers that fire while nothing is due", ...exactly(ours.timers, 0) },
    { what: `JavaScript heap, to ${auth0}`, ...most(ratio("jsHeap", auth0), 1) },
    {
      what: `JavaScript heap and wasm memory, to ${auth0}`,
      ...most(
        (medianOf(ours, "jsHeap") + medianOf(ours, "wasmMemory")) / medianOf(peer(auth0), "jsHeap"),
        1,
      ),
    },
    {
      what: `movement of the JavaScript heap over many refreshes, after ${rounded(SETTLING)}`,
      ...percent(growth(results, "jsHeap")),
    },
    {
      what: "the same, without the code that V8 makes of what runs often",
      ...percent(growth(results, "objects")),
    },
    {
      what: "movement of the wasm memory over them",
      ...percent(growth(results, "wasmMemory")),
    },
  ];
}

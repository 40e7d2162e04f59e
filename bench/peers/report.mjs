import { aims, growth, medianOf } from "./aims.mjs";
import { barChart, lineChart, rounded } from "./charts.mjs";
import { defects } from "./id_token_defects.mjs";
import { IDLE_SECONDS } from "./idle.mjs";
import { SETTLING } from "./memory.mjs";
import { LATENCY_MS, SLOW } from "./rounds.mjs";
import { quartiles } from "./statistics.mjs";

/** @typedef {import("./measure.mjs").Measured} Measured */
/** @typedef {import("./measure.mjs").Results} Results */
/** @typedef {import("./memory.mjs").MemoryKind} MemoryKind */

/** @typedef {{ name: string, unit: string, of: (library: Measured) => number[] }} Figure */

/**
 * @param {string} name
 * @param {string} unit
 * @param {string} round the figure's name in a round
 * @param {number} [per] how much of what was measured makes one of the unit
 * @returns {Figure}
 */
function figure(name, unit, round, per = 1) {
  return { name, unit, of: ({ rounds }) => rounds[round].map((value) => value / per) };
}

const brotli = {
  name: "bytes, brotli",
  unit: "kB",
  of: (/** @type {Measured} */ { size }) => [size.brotli / 1000],
};
const readyBytes = figure("bytes until it is ready, brotli", "kB", "coldBytes", 1000);
const cold = figure("cold load to ready", "ms", "coldReady");
const warm = figure("warm load to ready", "ms", "warmReady");
const slow = figure("cold load, slow network", "ms", "slowReady");
const slowUsable = figure("until a login can begin there", "ms", "slowUsable");
const callback = figure("callback to authenticated", "ms", "callback");
const farCallback = figure(`callback, ${LATENCY_MS} ms away`, "ms", "farCallback");
const reload = figure("reload to state known", "ms", "reloadReady");
const usable = figure("reload to usable token", "ms", "reloadUsable");
const farUsable = figure(`reload to usable token, ${LATENCY_MS} ms away`, "ms", "farReloadUsable");
const tokenRead = figure("token at hand", "µs", "tokenRead");
const coldCpu = figure("main thread, cold load", "ms", "coldCpu");
const reloadCpu = figure("main thread, reload", "ms", "reloadCpu");
const heap = figure("JavaScript heap", "kB", "jsHeap", 1000);
const wasm = figure("wasm memory", "kB", "wasmMemory", 1000);

/**
 * The charts, by their names in docs/.
 *
 * @param {Results} results
 * @returns {Record<string, string>}
 */
export function charts({ libraries, memory }) {
  const panel = (/** @type {Figure} */ { name, unit, of }) => ({
    title: name,
    unit,
    bars: libraries.map((library) => {
      const { low, median, high } = quartiles(of(library));
      return { name: library.name, value: median, ...(low < high && { low, high }) };
    }),
  });
  const line = (/** @type {MemoryKind} */ kind, /** @type {string} */ name) => ({
    name,
    points: memory.map(
      (sample) => /** @type {[number, number]} */ ([sample.refreshes, sample[kind] / 1e6]),
    ),
  });
  return {
    "performance-bytes.svg": barChart("Bytes that the same app loads, brotli", [
      panel(readyBytes),
      panel(brotli),
    ]),
    "performance-times.svg": barChart(
      "Milliseconds until a user can go on; whiskers from the first quartile to the third",
      [cold, warm, slow, callback, farCallback, reload, farUsable].map(panel),
    ),
    "performance-memory.svg": lineChart(
      "Memory of one page while Portcullis refreshes",
      { x: "refreshes", y: "MB, garbage collected" },
      [
        line("jsHeap", "JavaScript heap"),
        line("wasmMemory", "wasm memory"),
        line("objects", "JavaScript heap without code"),
      ],
      { x: SETTLING, text: "from here on it has to be flat" },
    ),
  };
}

/**
 * What docs/performance.md says.
 *
 * @param {Results} results
 */
export function section(results) {
  const { libraries } = results;
  return [
    "`npm run bench` measures the same small app by each library, in turn, in headless Chromium against the local oidc-provider; `-- --rounds 2` tries it with less and leaves this page as it is. This section is its output.",
    conditions(results),
    "### Bytes",
    "All files that the app loads from its start to a refresh, bundled by esbuild, wasm included:",
    bytesTable(libraries),
    "![Bytes that the app loads by each library](performance-bytes.svg)",
    "### Until a user can go on",
    `Milliseconds, median (first quartile – third), from the request for the page; a cold load is the first in a new browser, with nobody logged in. “${LATENCY_MS} ms away” is with ${LATENCY_MS} ms before each answer of the server, preflights included. The slow network has ${SLOW.bitsPerSecond / 1e6} Mbit/s and answers after ${SLOW.latencyMs} ms. Where nobody is logged in, Portcullis knows it before its wasm is there, without which no login begins; the others are whole when they are ready. What has requests in a cold load looks for a session at the server first. What has none in a reload reads the access token from localStorage; Portcullis keeps it in memory alone and asks for another.`,
    figuresTable(libraries, [cold, warm, slow, slowUsable]),
    figuresTable(libraries, [callback, farCallback, reload, usable, farUsable]),
    "![Milliseconds until a user can go on, by each library](performance-times.svg)",
    "What is asked of the server meanwhile, and how much of it in turn, one request after the answer to another:",
    requestsTable(libraries),
    "### What a page costs",
    `Processor time of the main thread from the request for the page until a login can begin, and with a session until there is a token; memory with a session, after a garbage collection; timers that fired in ${IDLE_SECONDS} seconds with a session in which nothing was due:`,
    figuresTable(libraries, [tokenRead, coldCpu, reloadCpu, heap, wasm], ({ timers }) => [
      "timers",
      String(timers),
    ]),
    "### When it matters",
    "The access tokens expire, as when a device has slept, and are then needed by 50 calls at once in one tab, and by one call in each of five tabs. A “failed” call got no token. Then the answer to a refresh is lost, after the server has rotated the refresh token: whether the page got a token all the same within five tries, a second apart, or else after a reload, or its user has to log in.",
    behaviourTable(libraries),
    "### ID tokens with a defect",
    "A server that is asked for an ID token answers with one of these. Who takes it logs somebody in by it:",
    defectsTable(libraries),
    "With the code flow OpenID Connect lets a client do without the signature, as the token comes straight from the server over TLS, and without a `nonce`. Those that accept a token without the claims of the standard, or with those of somebody else, do so against it.",
    "### Memory over time",
    memoryText(results),
    "![Memory of a page over many refreshes](performance-memory.svg)",
    "### Aims, and where we lose",
    table(
      ["", "aim, at most", "measured", ""],
      aims(results).map(({ what, limit, measured, isReached }) => [
        what,
        limit,
        measured,
        isReached ? "reached" : "**missed**",
      ]),
    ),
    losses(libraries),
    "### How each is set up",
    SET_UP,
  ].join("\n\n");
}

/**
 * What README.md quotes.
 *
 * @param {Results} results
 */
export function readmeSection({ libraries }) {
  const [ours, ...others] = libraries;
  const trips = others.map((library) => medianOf(library, "callbackTrips"));
  const accepted = others.map(({ defectsAccepted }) => defectsAccepted.length);
  const range = (/** @type {number[]} */ values) =>
    `${Math.min(...values)} to ${Math.max(...values)}`;
  const ready = others.map((library) => medianOf(library, "reloadReady"));
  return `\`npm run bench\` compares it with ${others.length} other libraries in one run. Of ${defects.length} ID tokens with a defect it accepts ${ours.defectsAccepted.length}, the others ${range(accepted)}. From the callback to a logged-in user it takes ${medianOf(ours, "callbackTrips")} round trip to the server, the others ${range(trips)}. After a reload the state is known in ${rounded(medianOf(ours, "reloadReady"))} ms, with the others in ${range(ready.map(Math.round))}. Its ${rounded(ours.size.brotli / 1000)} kB are ${place(libraries, ours)}: [all figures](docs/performance.md#beside-other-libraries), and where it loses.`;
}

/**
 * @param {Measured[]} libraries
 * @param {Measured} ours
 */
function place(libraries, ours) {
  const larger = libraries.filter(({ size }) => size.brotli > ours.size.brotli).length;
  return larger === 0
    ? "the most of all"
    : `more than those of ${libraries.length - 1 - larger} of them`;
}

/** @param {Results} results */
function conditions({ extent, machine, libraries }) {
  const { cpu, cores, node, chromium, load } = machine;
  const [ours, ...others] = libraries;
  const versions = others.map(({ name, version }) => `${name} ${version}`).join(", ");
  const busy =
    Math.max(...load) > cores
      ? " Other work was done on the machine meanwhile, so the ratios tell more than the milliseconds."
      : "";
  return `${extent.rounds} ${extent.rounds === 1 ? "round" : "rounds"}, in each of which every library had its turn. Portcullis ${ours.version}; ${versions}. Chromium ${chromium}, Node ${node}, ${cores} cores of a machine with ${cpu}; its load average was ${load.map((value) => value.toFixed(1)).join(" at the beginning and ")} at the end.${busy}`;
}

/** @param {Measured[]} libraries */
function bytesTable(libraries) {
  const kB = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(1);
  return table(
    [
      "kB",
      ...["raw", "gzip -9", "brotli -11"],
      "until it is ready, brotli -11",
      "with what is not loaded here, brotli -11",
    ],
    libraries.map((library) => [
      library.name,
      ...[library.size.raw, library.size.gzip, library.size.brotli].map(kB),
      ...[medianOf(library, "coldBytes"), library.wholeSize.brotli].map(kB),
    ]),
  );
}

/**
 * @param {Measured[]} libraries
 * @param {Figure[]} figures
 * @param {(library: Measured) => [string, string]} [more] the name and the value of one more column
 */
function figuresTable(libraries, figures, more) {
  const spread = (/** @type {number[]} */ values) => {
    const { low, median, high } = quartiles(values);
    if (low === high) return rounded(median);
    return `${rounded(median)} (${rounded(low)} – ${rounded(high)})`;
  };
  const [last] = libraries.map((library) => more?.(library)[0] ?? []).flat();
  return table(
    ["", ...figures.map(({ name, unit }) => `${name}, ${unit}`), ...(last ? [last] : [])],
    libraries.map((library) => [
      library.name,
      ...figures.map(({ of }) => spread(of(library))),
      ...(more ? [more(library)[1]] : []),
    ]),
  );
}

/** @param {Measured[]} libraries */
function requestsTable(libraries) {
  const pair = (/** @type {Measured} */ library, /** @type {string} */ what) =>
    `${medianOf(library, `${what}Requests`)}, ${medianOf(library, `${what}Trips`)} in turn`;
  return table(
    ["requests", "cold load", "callback", "reload to state known", "reload to usable token"],
    libraries.map((library) => [
      library.name,
      String(medianOf(library, "coldRequests")),
      pair(library, "callback"),
      String(medianOf(library, "reloadReadyRequests")),
      pair(library, "reload"),
    ]),
  );
}

/** @param {Measured[]} libraries */
function behaviourTable(libraries) {
  const refreshes = (/** @type {import("./refreshes.mjs").Refreshes} */ { requests, failed }) =>
    failed > 0 ? `${requests}, ${failed} failed` : String(requests);
  return table(
    ["", "refreshes for 50 calls", "refreshes for 5 tabs", "after a lost answer", "sessions lost"],
    libraries.map(({ name, fiftyCalls, fiveTabs, lostAnswers }) => [
      name,
      refreshes(fiftyCalls),
      refreshes(fiveTabs),
      [...new Set(lostAnswers)].join(", "),
      `${lostAnswers.filter((outcome) => outcome === "lost").length} of ${lostAnswers.length}`,
    ]),
  );
}

/** @param {Measured[]} libraries */
function defectsTable(libraries) {
  const rows = defects.map((defect) => [
    defect,
    ...libraries.map(({ defectsAccepted }) => (defectsAccepted.includes(defect) ? "accepted" : "")),
  ]);
  const counts = libraries.map(
    ({ defectsAccepted }) => `${defectsAccepted.length} of ${defects.length}`,
  );
  return table(["", ...libraries.map(({ name }) => name)], [...rows, ["accepted", ...counts]]);
}

/** @param {Results} results */
function memoryText(results) {
  const percent = (/** @type {MemoryKind} */ kind, /** @type {number} */ from) =>
    `${(growth(results, kind, from) * 100).toFixed(1)} %`;
  const moved = (/** @type {number} */ from) =>
    `the JavaScript heap moved by ${percent("jsHeap", from)} at most, by ${percent("objects", from)} without the code in it, and the wasm memory by ${percent("wasmMemory", from)}`;
  const { refreshes } = results.extent;
  return `${rounded(SETTLING + refreshes)} refreshes in one page of Portcullis, its garbage collected before each look. Over the first ${rounded(SETTLING)} V8 makes machine code of functions that run often, and gives up the bytecode of those that don't; a leak would go on after them. Over the ${rounded(refreshes)} that follow ${moved(SETTLING)}. From before the first refresh on, over all of them, ${moved(0)}.`;
}

/** @param {Measured[]} libraries */
function losses(libraries) {
  const [ours] = libraries;
  const rows = [];
  for (const { name, unit, of } of [
    readyBytes,
    brotli,
    cold,
    warm,
    slow,
    slowUsable,
    callback,
    farCallback,
    reload,
    usable,
    farUsable,
    tokenRead,
    coldCpu,
    reloadCpu,
    heap,
  ]) {
    const value = (/** @type {Measured} */ library) => quartiles(of(library)).median;
    const better = libraries.filter((library) => value(library) < value(ours));
    if (better.length === 0) continue;
    const best = better.reduce((one, other) => (value(other) < value(one) ? other : one));
    const factor = value(ours) / value(best);
    rows.push([
      name,
      `${rounded(value(ours))} ${unit}`,
      String(better.length),
      `${best.name}, ${rounded(value(best))} ${unit}`,
      `${factor.toFixed(1)} ×`,
    ]);
  }
  if (rows.length === 0) return "In no figure of this page is another library better.";
  return `Others are better in these:\n\n${table(["", "Portcullis", "how many are better", "the best", "Portcullis to it"], rows)}`;
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const marks = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [line(head), line(marks), ...rows.map(line)].join("\n");
}

/** Where a library needs something of the server that ours has not, and what it got. */
const SET_UP = `The apps are in [bench/peers/apps](../bench/peers/apps), the stand-ins for other servers in [bench/peers/dialects.mjs](../bench/peers/dialects.mjs). All get bearer tokens, which live an hour, and refresh tokens, which rotate; page and server are two ports of one host, so that iframes see the server's cookies.

- **portcullis**: as it comes, without DPoP. The page does not [preload the wasm](bundlers.md#loading-it-sooner), which saves a round trip, of which there is none to speak of here. It keeps metadata and keys from before the login, which is why a callback asks for the token alone.
- **oidc-spa**: with its early script in front and the rest loaded after it. Iframes are turned on, as it takes another port of localhost for a third party. It looks for a session at the server at each load.
- **@auth0/auth0-spa-js**: refresh tokens in localStorage. It knows the endpoints of Auth0 only, and no issuer without a slash at its end: it got a server with such an issuer, and its token path. Its fallback by an iframe needs \`response_mode=web_message\`, which oidc-provider does not have.
- **oidc-client-ts**: the session in localStorage, so that tabs share it, and a \`nonce\` that the app makes, as it makes none by itself.
- **keycloak-js**: \`oidcProvider\`, with \`check-sso\` in an iframe, without which no session survives a reload. It reads access and refresh tokens as JWTs: those of the server are dressed as such on their way.
- **@axa-fr/oidc-client**: tokens in localStorage, without its service worker, which would hide them from the page and so from this benchmark.
- **@azure/msal-browser**: \`ProtocolMode.OIDC\`, the session in localStorage. It takes no issuer with http: it was given the server's metadata, and so saves the request for them.
- **oauth4webapi** has functions for requests and answers, and no session: what lies between is the app, in the shortest way, with the signature of the ID token checked. That many calls share no refresh is the app's doing.`;

import { createHash } from "node:crypto";
import { Failure } from "./step.mjs";

/**
 * Splits a wasm in two: what a page needs to begin with, and the rest, which is instantiated later on with what
 * the first exports. In the rest is what nothing calls but the `poll` of a `Later` (src/client/later.rs), and
 * whoever polls one has waited for the rest to be here.
 *
 * From the module "rest" the first part imports the `poll`s, which JavaScript passes on. From the module "first"
 * the rest imports the memory, the tables and the globals. One of the tables has the functions that it calls.
 * Behind these names is the build, so that files of two builds do not fit together.
 */

/** A name as the text format writes it. */
const NAME = /\$(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)/;
const LATER = /later::Later<.*Future>::poll"?$/;

/**
 * The table of the first part's functions that the rest calls: for each that is exported JavaScript has an object
 * of 300 bytes.
 */
const CALLED = "$called";

/**
 * @typedef {object} Item something that a module defines
 * @property {string} kind
 * @property {string} name
 * @property {string} text
 */

/**
 * @param {string} module as wasm-dis writes it: what it defines begins on a line of its own, one space in
 * @returns {{ first: string, rest: string, build: string }}
 */
export function splitWasm(module) {
  const build = createHash("sha256").update(module).digest("hex").slice(0, 8);
  const items = itemsOf(module);
  /** @param {string[]} kinds */
  const those = (...kinds) => items.filter(({ kind }) => kinds.includes(kind));
  const calls = new Map(those("func").map(({ name, text }) => [name, calledBy(text)]));
  const table = those("elem").flatMap(({ text }) => namesIn(text).slice(1));
  const exported = those("export").flatMap(({ text }) => namesIn(text));
  const inFirst = reached(calls, [...table, ...exported]);
  const functions = those("func").map((item) => ({ ...item, isFirst: inFirst.has(item.name) }));
  const [first, rest] = [true, false].map((isFirst) => {
    const own = functions.filter((item) => item.isFirst === isFirst);
    const called = new Set(own.flatMap(({ name }) => calls.get(name) ?? []));
    const others = functions.filter(
      ({ name, ...item }) => item.isFirst !== isFirst && called.has(name),
    );
    return { own, others };
  });
  if (!first || !rest || rest.own.length === 0)
    throw new Failure("There is no `Later` in the wasm.");
  const shared = those("memory", "table", "global");
  const common = texts(those("type", "import"));
  return {
    build,
    first: wat([
      ...common,
      ...first.others.map(({ name, text }, index) =>
        imported(`rest ${build}`, index, `func ${name}${typeOf(text)}`),
      ),
      ...texts(those("memory", "table", "global", "data", "elem", "export")),
      ...shared.map(({ kind, name }, index) => `(export "${kind[0]}${index}" (${kind} ${name}))`),
      `(table ${CALLED} (export "called") ${rest.others.length} ${rest.others.length} funcref)`,
      `(elem (table ${CALLED}) (i32.const 0) func${rest.others.map(({ name }) => ` ${name}`).join("")})`,
      ...texts(first.own),
    ]),
    rest: wat([
      ...common,
      ...shared.map((item, index) =>
        imported(`first ${build}`, `${item.kind[0]}${index}`, outlineOf(item)),
      ),
      imported(`first ${build}`, "called", `table ${CALLED} ${rest.others.length} funcref`),
      ...first.others.map(({ name }, index) => `(export "${index}" (func ${name}))`),
      ...rest.others.map(callOfTable),
      ...texts(rest.own),
    ]),
  };
}

/**
 * @param {string} module
 * @returns {Item[]}
 */
function itemsOf(module) {
  return module
    .slice(0, module.lastIndexOf("\n)"))
    .split(/^ (?=\()/m)
    .slice(1)
    .map((text) => ({
      kind: /^\((\w+)/.exec(text)?.[1] ?? "",
      name: NAME.exec(text)?.[0] ?? "",
      text,
    }));
}

/** @param {string} text */
function namesIn(text) {
  return text.match(new RegExp(NAME, "g")) ?? [];
}

/** @param {string} text of a function */
function calledBy(text) {
  const call = new RegExp(String.raw`\((?:return_call|call|ref\.func) (${NAME.source})`, "g");
  return [...text.matchAll(call)].map(([, name]) => name ?? "");
}

/**
 * The functions that may be called before the rest is here.
 *
 * @param {Map<string, string[]>} calls
 * @param {string[]} roots
 */
function reached(calls, roots) {
  const seen = new Set();
  const left = [...roots];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const called = calls.get(name);
    if (!called || seen.has(name) || LATER.test(name)) continue;
    seen.add(name);
    left.push(...called);
  }
  return seen;
}

/** @param {Item[]} items */
function texts(items) {
  return items.map(({ text }) => text.trimEnd());
}

/** @param {string[]} items */
function wat(items) {
  return `(module\n ${items.join("\n ")}\n)\n`;
}

/**
 * @param {string} module
 * @param {string | number} name
 * @param {string} what
 */
function imported(module, name, what) {
  return `(import "${module}" "${name}" (${what}))`;
}

/**
 * The parameters and results of a function.
 *
 * @param {string} text
 */
function typeOf(text) {
  return [...(text.split("\n")[0] ?? "").matchAll(/ \((?:param|result) [^()]*\)/g)].join("");
}

/**
 * A function of the rest that calls the one of the first part.
 *
 * @param {Item} item
 * @param {number} index in the table of what the rest calls
 */
function callOfTable({ name, text }, index) {
  const type = typeOf(text).replaceAll(/(?<=\(param )\$\S+ /g, "");
  const given = (type.match(/\(param/g) ?? []).map((_, parameter) => `(local.get ${parameter})`);
  return `(func ${name}${type} (call_indirect ${CALLED}${type} ${given.join(" ")} (i32.const ${index})))`;
}

/**
 * A memory, table or global without what is in it.
 *
 * @param {Item} item
 */
function outlineOf({ kind, text }) {
  const outline = text.trimEnd().replace(/^\(|\)$/g, "");
  return kind === "global" ? outline.replace(/ \([a-z0-9]+\.const [^()]*\)$/, "") : outline;
}

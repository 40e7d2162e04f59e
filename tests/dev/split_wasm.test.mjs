import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runOrFail } from "../../dev/process.mjs";
import { splitWasm } from "../../dev/split_wasm.mjs";

const POLL = '$"<app::later::Later<app::rare> as core::future::future::Future>::poll"';

/** What is only rarely called is behind a `Later`; `$shared` is called by both, `$listed` is in the table. */
const MODULE = `(module
 (type $0 (func (param i32) (result i32)))
 (import "js" "told" (func $told (param i32) (result i32)))
 (global $level (mut i32) (i32.const 5))
 (memory $0 1)
 (data $d (i32.const 8) "\\2a")
 (table $0 2 2 funcref)
 (elem $0 (i32.const 1) $listed)
 (export "start" (func $start))
 (func $start (param $0 i32) (result i32)
  (global.set $level (i32.const 100))
  (call ${POLL} (call $shared (local.get $0)))
 )
 (func ${POLL} (param $0 i32) (result i32)
  (call $rare (local.get $0))
 )
 (func $rare (param $0 i32) (result i32)
  (i32.add
   (call_indirect (type $0) (call $told (call $shared (local.get $0))) (i32.const 1))
   (i32.add (global.get $level) (i32.load8_u (i32.const 8)))
  )
 )
 (func $shared (param $0 i32) (result i32)
  (i32.mul (local.get $0) (i32.const 2))
 )
 (func $listed (param $0 i32) (result i32)
  (i32.add (local.get $0) (i32.const 1000))
 )
)
`;

/** @param {string} text */
async function compiled(text) {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-split-"));
  const [from, to] = [join(folder, "a.wat"), join(folder, "a.wasm")];
  writeFileSync(from, text);
  await runOrFail("wasm-as", [
    "--enable-mutable-globals",
    "--enable-reference-types",
    from,
    "--output",
    to,
  ]);
  const module = new WebAssembly.Module(readFileSync(to));
  rmSync(folder, { recursive: true });
  return module;
}

/** @param {string} text */
const compiledExports = async (text) => WebAssembly.Module.exports(await compiled(text));

/** @param {string} text */
const defined = (text) => [...text.matchAll(/^ \(func (\S+)/gm)].map(([, name]) => name);

test("only what nothing but a Later calls is in the rest", () => {
  const { first, rest } = splitWasm(MODULE);
  assert.deepEqual(defined(first), ["$start", "$shared", "$listed"]);
  assert.deepEqual(defined(rest), ["$shared", POLL.split(" ")[0], "$rare"]);
});

test("what the rest calls of the first part is no export, for which JavaScript would have an object", async () => {
  const { first, rest } = splitWasm(MODULE);
  const functions = (await compiledExports(first)).filter(({ kind }) => kind === "function");
  assert.deepEqual(
    functions.map(({ name }) => name),
    ["start"],
  );
  assert.doesNotMatch(rest, /\(func \$shared[^\n]*i32\.mul/);
});

test("what is called from elsewhere too, or is in the table, stays in the first part", () => {
  const called = MODULE.replace(
    "(call $shared (local.get $0)))\n )",
    "(call $rare (local.get $0)))\n )",
  );
  assert.deepEqual(defined(splitWasm(called).first), ["$start", "$rare", "$shared", "$listed"]);
  const listed = MODULE.replace("(i32.const 1) $listed", "(i32.const 0) $listed $rare");
  assert.ok(defined(splitWasm(listed).first).includes("$rare"));
});

test("both parts together do what the whole does", async () => {
  const { first, rest, build } = splitWasm(MODULE);
  /** @type {Record<string, Function>} */
  let late = {};
  const js = { told: (/** @type {number} */ value) => value + 1 };
  const begun = await WebAssembly.instantiate(await compiled(first), {
    js,
    [`rest ${build}`]: { 0: (/** @type {number[]} */ ...given) => late["0"]?.(...given) },
  });
  const added = await WebAssembly.instantiate(await compiled(rest), {
    js,
    [`first ${build}`]: /** @type {WebAssembly.ModuleImports} */ (begun.exports),
  });
  late = /** @type {Record<string, Function>} */ (added.exports);
  const whole = await WebAssembly.instantiate(await compiled(MODULE), { js });
  const [inParts, atOnce] = [begun, whole].map(({ exports }) =>
    /** @type {Function} */ (exports.start)(7),
  );
  assert.equal(inParts, atOnce);
  assert.equal(inParts, 7 * 2 * 2 + 1 + 1000 + 100 + 42);
});

test("another build has other names", () => {
  const other = splitWasm(MODULE.replace("1000", "1001"));
  assert.notEqual(other.build, splitWasm(MODULE).build);
});

test("a wasm without a Later is refused", () => {
  assert.throws(() => splitWasm(MODULE.replaceAll("Later", "Sooner")), /no `Later`/);
});

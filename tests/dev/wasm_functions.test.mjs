import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { wasmFunctions } from "../../dev/wasm_functions.mjs";

test("each function of a wasm file is found with its name and size, those it imports are not", () => {
  const text = `(module
    (import "glue" "give" (func $imported))
    (func $short (nop))
    (func $long (param i32) ${"(drop (i32.add (local.get 0) (i32.const 1000)))".repeat(100)}))`;
  const module = binaryen.parseText(text);
  binaryen.setDebugInfo(true);
  const functions = wasmFunctions(module.emitBinary());
  module.dispose();
  assert.deepEqual(
    functions.map(({ name }) => name),
    ["short", "long"],
  );
  const [short, long] = functions.map(({ bytes }) => bytes);
  assert.ok(short < 10 && long > 600, `${short} and ${long} bytes`);
});

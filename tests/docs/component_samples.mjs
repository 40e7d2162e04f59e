import assert from "node:assert/strict";
import { compile } from "svelte/compiler";
import { compileScript, compileTemplate, parse } from "vue/compiler-sfc";
import { nameOf } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

/**
 * Compiles a Vue component.
 *
 * @param {Block} block
 * @returns {string} its script, which is TypeScript
 */
export function scriptOfVue(block) {
  const name = nameOf(block);
  const { descriptor, errors } = parse(block.code, { filename: name });
  assert.deepEqual(errors, [], name);
  const { bindings } = compileScript(descriptor, { id: name });
  const template = compileTemplate({
    id: name,
    filename: name,
    source: descriptor.template?.content ?? "",
    compilerOptions: { bindingMetadata: bindings, expressionPlugins: ["typescript"] },
  });
  assert.deepEqual(template.errors, [], name);
  return descriptor.scriptSetup?.content ?? "";
}

/**
 * Compiles a Svelte component.
 *
 * @param {Block} block
 * @returns {string} its script
 */
export function scriptOfSvelte(block) {
  const { warnings } = compile(block.code, { filename: "Sample.svelte" });
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [],
    nameOf(block),
  );
  return /<script>(.*?)<\/script>/s.exec(block.code)?.[1] ?? "";
}

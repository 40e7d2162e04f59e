import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultTreeAdapter, parse } from "parse5";
import { root, target } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";
import { nameOf } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */
/** @typedef {import("parse5").DefaultTreeAdapterTypes.Node} Node */

/**
 * @param {Block} block
 * @returns {string} the module scripts of a page, of which nothing else may be malformed
 */
export function scriptsOf(block) {
  /** @type {string[]} */
  const errors = [];
  const document = parse(block.code, { onParseError: ({ code }) => errors.push(code) });
  assert.deepEqual(errors, [], nameOf(block));
  return modules(document).join("\n");
}

/**
 * @param {Node} node
 * @returns {string[]}
 */
function modules(node) {
  if (!("childNodes" in node)) return [];
  const isModule =
    node.nodeName === "script" &&
    "attrs" in node &&
    node.attrs.some(({ name, value }) => name === "type" && value === "module");
  if (isModule) {
    return node.childNodes.map((child) =>
      defaultTreeAdapter.isTextNode(child) ? child.value : "",
    );
  }
  return node.childNodes.flatMap(modules);
}

const DIRECTIVES =
  /^(default|script|style|img|font|connect|frame|worker|manifest|object)-src$|^(base-uri|form-action|frame-ancestors|require-trusted-types-for|trusted-types)$/;

/**
 * Header fields; those of a Content-Security-Policy by their names.
 *
 * @param {Block} block
 */
export function checkHeaders(block) {
  const folded = block.code.trimEnd().replaceAll(/\n\s+/g, " ");
  for (const line of folded.split("\n")) {
    const [, name, value] = /^([\w-]+): (.+)$/.exec(line) ?? [];
    assert.ok(name, `${nameOf(block)}: ${line}`);
    if (!/^content-security-policy/i.test(name)) continue;
    for (const directive of value.split(";").filter((part) => part.trim() !== "")) {
      assert.match(directive.trim().split(/\s+/)[0], DIRECTIVES, nameOf(block));
    }
  }
}

/** Programs that the reader has, with arguments that nothing here can check. */
const PROGRAMS = ["cargo", "rustup", "trunk", "python3", "git", "cd", "cp", "npx", "esbuild"];

/**
 * Commands: the scripts and files that they name have to be there.
 *
 * @param {Block} block
 */
export function checkCommands(block) {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lines = block.code.split("\n").filter((line) => line.trim() !== "" && !/^\s*#/.test(line));
  for (const line of lines) {
    const [program, verb = "", name = ""] = line.trim().split(/\s+/);
    const place = `${nameOf(block)}: ${line}`;
    if (program === "node") assert.ok(existsSync(join(root, verb)), place);
    else if (program === "npm" && verb === "run") assert.ok(scripts[name], place);
    else if (program === "npm" && ["start", "test"].includes(verb)) assert.ok(scripts[verb], place);
    else if (program === "npm") assert.match(verb, /^(install|ci|pack|publish)$/, place);
    else assert.ok(PROGRAMS.includes(program), place);
  }
}

/**
 * A part of a Cargo.toml.
 *
 * @param {Block} block
 */
export async function checkManifest(block) {
  const folder = join(target, "docs", "manifest");
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "src", "lib.rs"), "");
  const head = block.code.includes("[package]")
    ? ""
    : '[package]\nname = "sample"\nversion = "0.0.0"\nedition = "2024"\n\n';
  // The reader has the checkout beside the app.
  const code = block.code.replaceAll('"../portcullis', `"${root.replace(/\/$/, "")}`);
  writeFileSync(join(folder, "Cargo.toml"), `${head}${code}\n[workspace]\n`);
  await runOrFail("cargo", ["metadata", "--no-deps", "--format-version=1", "--quiet"], {
    cwd: folder,
  });
}

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { packageFolder, root, target } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";
import { packInto } from "./tarball.mjs";

/** What an app can import that is a script. */
const MODULES = ["index", "console", "inline", "react", "svelte", "testing", "vue"];

/** What only the declarations of those refer to. */
const DECLARATIONS = [
  ...["auth", "auth_error", "auth_state", "auth_store", "client", "client_config"],
  ...["test_client", "test_client_options", "test_error", "test_script", "vue_guard"],
];

/** Everything that is published, and nothing else. */
const FILES = [
  ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"],
  ...["docs/bundlers.md", "docs/csp.md", "docs/mistakes.md"],
  ...["portcullis_bg.wasm", "portcullis_bg.wasm.d.ts", "portcullis_rest.wasm"],
  ...[...MODULES, "mistakes"].flatMap((name) => [`${name}.js`, `${name}.js.map`]),
  ...[...MODULES, ...DECLARATIONS].flatMap((name) => [`${name}.d.ts`, `${name}.d.ts.map`]),
  // What the maps lead to.
  ...readdirSync(join(root, "npm"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `src/${file}`),
];

/** A project in the checkout, where it finds what the package's adapters are for. */
const folder = mkdtempSync(join(target, "package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let tarball = "";
before(async () => void (tarball = await packInto(folder)));

const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports)
  .filter((path) => !/\.(wasm|json)$/.test(path))
  .map((path) => path.replace(".", "portcullis"));

test("the tarball holds what is meant, and nothing of the development", async () => {
  const listed = await runOrFail("tar", ["--list", "--gzip", "--file", tarball]);
  const files = listed.trim().split("\n");
  assert.deepEqual(files.sort(), FILES.map((file) => `package/${file}`).sort());
});

test("every path of the manifest exists in the package", () => {
  /** @type {(entry: string | object) => string[]} */
  const pathsOf = (entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry).flatMap(pathsOf);
  for (const path of [manifest.types, ...pathsOf(manifest.exports)]) {
    assert.ok(existsSync(join(packageFolder, path)), path);
  }
});

test("the manifest is one for users", () => {
  for (const field of ["private", "scripts", "devDependencies", "overrides"]) {
    assert.equal(manifest[field], undefined, field);
  }
  assert.equal(manifest.sideEffects, false);
  assert.equal(manifest.type, "module");
  for (const peer of Object.keys(manifest.peerDependencies)) {
    assert.deepEqual(manifest.peerDependenciesMeta[peer], { optional: true }, peer);
  }
});

test("Are the types wrong? Not for any resolution of ES modules", async () => {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  assert.ok(result.types);
  const problems = result.problems.filter(
    (problem) =>
      !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
  );
  assert.deepEqual(problems, []);
});

test("publint has nothing to say", async () => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const data = /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength));
  const { messages } = await publint({ pack: { tarball: data }, strict: true });
  assert.deepEqual(messages, []);
});

test("the wasm is found beside the module, as bundlers understand it", () => {
  const module = readFileSync(join(packageFolder, "index.js"), "utf8");
  assert.match(module, /new URL\("portcullis_bg\.wasm",\s*import\.meta\.url\)/);
  assert.match(module, /new URL\("portcullis_rest\.wasm",\s*import\.meta\.url\)/);
});

test("the subpaths have no core of their own: what they need of it they import", () => {
  for (const name of MODULES.filter((name) => name !== "index")) {
    const module = readFileSync(join(packageFolder, `${name}.js`), "utf8");
    assert.ok(!module.includes("WebAssembly"), name);
    assert.match(module, /from\s*"(\.\/index\.js|portcullis)"/, name);
  }
});

for (const file of FILES.filter((file) => file.endsWith(".map"))) {
  test(`${file} is a source map that leads to sources`, () => {
    const map = JSON.parse(readFileSync(join(packageFolder, file), "utf8"));
    assert.equal(map.version, 3);
    assert.match(map.mappings, /^[\w+/;,]+$/);
    assert.ok(map.sources.length > 0);
    for (const [index, source] of map.sources.entries()) {
      const isHere = existsSync(join(packageFolder, source));
      assert.ok(isHere || map.sourcesContent?.[index], source);
    }
    const mapped = file.slice(0, -".map".length);
    const code = readFileSync(join(packageFolder, mapped), "utf8");
    assert.match(code, new RegExp(`^//# sourceMappingURL=${file}$`, "m"));
  });
}

/**
 * @param {string} code
 * @returns {Promise<string>} what esbuild makes of it
 */
async function bundled(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    write: false,
    format: "esm",
  });
  return outputFiles[0].text;
}

describe("of the installed package", () => {
  before(async () => {
    writeFileSync(join(folder, "package.json"), "{}");
    await runOrFail("npm", ["install", tarball, "--offline", "--no-audit", "--no-fund"], {
      cwd: folder,
    });
  });

  for (const entry of entries) {
    test(`importing ${entry} where there is no window does nothing`, async () => {
      const code = `
        await Promise.all([import("react"), import("svelte"), import("vue")]);
        const before = Object.getOwnPropertyNames(globalThis).join();
        const names = Object.keys(await import(${JSON.stringify(entry)}));
        if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error("globals");
        console.log(names.join());`;
      const output = await runOrFail(process.execPath, ["--input-type=module", "--eval", code], {
        cwd: folder,
      });
      assert.match(output, /\w/);
    });

    test(`an import of ${entry} that is not used leaves nothing`, async () => {
      const code = await bundled(
        `import * as unused from ${JSON.stringify(entry)};\nconsole.log("app");`,
      );
      assert.equal(code.replaceAll(/^\/\/.*\n/gm, ""), 'console.log("app");\n');
    });
  }

  for (const entry of ["portcullis", "portcullis/inline"]) {
    test(`a client of ${entry} where there is no page is refused as such`, async () => {
      const code = `
        import { createClient } from ${JSON.stringify(entry)};
        const client = createClient({ issuer: "https://as.example", clientId: "spa" });
        client.catch(({ name, code, message }) => console.log(name, code, message));`;
      const output = await runOrFail(process.execPath, ["--input-type=module", "--eval", code], {
        cwd: folder,
      });
      assert.match(output, /^AuthError unsupported .* no page/);
    });

    test(`an import of the AuthError of ${entry} alone leaves the loader and the wasm out`, async () => {
      const code = `import { AuthError } from "${entry}";\nconsole.log(AuthError);`;
      const withoutWasm = await bundled(code);
      assert.match(withoutWasm, /AuthError/);
      assert.doesNotMatch(withoutWasm, /WebAssembly|portcullis_\w+\.wasm/);
      const whole = await bundled(code.replaceAll("AuthError", "createClient"));
      assert.ok(withoutWasm.length < whole.length / 10, `${withoutWasm.length} bytes`);
    });
  }
});

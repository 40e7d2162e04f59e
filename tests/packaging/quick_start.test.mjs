import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { packageFolder, root } from "../../dev/paths.mjs";
import { freePorts } from "../../dev/ports.mjs";
import { launch, runOrFail, stop } from "../../dev/process.mjs";
import { blocks } from "../docs/blocks.mjs";
import { logInAndOut } from "./login.mjs";
import { answered } from "./serving.mjs";
import { serveFolder } from "./static_server.mjs";

/** The code of the README's quick start for JavaScript, in its order. */
const [build, install, page, serve, startServer] = blocks()
  .filter(({ page }) => page === "README.md")
  .slice(1)
  .map(({ code }) => code.trim());

const folder = mkdtempSync(join(tmpdir(), "portcullis-quick-start-"));
/** @type {import("../../dev/process.mjs").ChildProcess} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("../../dev/ports.mjs").Ports} */
let ports;

before(async () => {
  ports = await freePorts();
  browser = await chromium.launch(chromiumLaunch());
  const [program, ...args] = startServer.split(" ");
  server = launch(program, args, {
    cwd: root,
    env: {
      PORTCULLIS_AS_PORT: String(ports.authorizationServer),
      PORTCULLIS_DEMO_PORT: String(ports.demo),
      PORTCULLIS_AS_DATABASE: join(folder, "authorization-server.sqlite"),
    },
    stdio: "ignore",
  });
  await answered(`http://localhost:${ports.authorizationServer}/jwks`, server);
});

after(async () => {
  await browser?.close();
  await stop(server);
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} text with the README's ports, to have those of this test */
const withPorts = (text) =>
  text.replaceAll("4180", String(ports.demo)).replaceAll("4181", String(ports.authorizationServer));

/**
 * @param {string} folder
 * @param {string} html
 */
function writePage(folder, html) {
  writeFileSync(join(folder, "index.html"), html);
  // Browsers ask for it by themselves.
  writeFileSync(join(folder, "favicon.ico"), "");
}

test("the README's quick start, followed in an empty folder, makes a page that logs in and out", async () => {
  const project = join(folder, "project");
  mkdirSync(project);
  const [isBuilt, pack, ...more] = build.split("\n");
  assert.deepEqual([isBuilt, more], ["npm run build", []]);
  /** @type {(command: string, cwd: string) => Promise<string>} */
  const follow = (command, cwd) =>
    runOrFail("sh", ["-c", command], {
      cwd,
      // Where the tarball goes, so that it does not lie about; what npm has it asks nobody for.
      env: { npm_config_pack_destination: folder, npm_config_prefer_offline: "true" },
    });
  await follow(pack, root);
  await follow(install.replace("<this folder>", folder), project);
  writePage(project, withPorts(page));
  const vite = launch("sh", ["-c", withPorts(serve)], { cwd: project, stdio: "ignore" });
  try {
    const origin = `http://localhost:${ports.demo}`;
    await answered(`${origin}/`, vite);
    await logInAndOut(browser, origin);
  } finally {
    await stop(vite);
  }
});

test("the README's page without a bundler logs in and out", async () => {
  const site = join(folder, "site");
  cpSync(packageFolder, join(site, "pkg"), { recursive: true });
  writePage(site, withPorts(page).replace('"portcullis"', '"/pkg/index.js"'));
  const served = await serveFolder(site, ports.demo);
  await logInAndOut(browser, `http://localhost:${ports.demo}`).finally(() => served.close());
});

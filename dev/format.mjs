import { join } from "node:path";
import { root } from "./paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { installPackages } from "./setup.mjs";
import { command, step } from "./step.mjs";

stopEverythingOnSignal(130);
await command(async () => {
  await step("npm packages", installPackages);
  await step("prettier", async () => {
    await runOrFail(join(root, "node_modules", ".bin", "prettier"), ["--write", "."]);
    return "done";
  });
  await step("rustfmt", async () => {
    await runOrFail("cargo", ["fmt", "--all"]);
    return "done";
  });
});

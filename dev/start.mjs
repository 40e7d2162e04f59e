import { build } from "./build.mjs";
import { requireFreePorts } from "./ports.mjs";
import { stopEverythingOnSignal } from "./process.mjs";
import { readServerOptions, serve } from "./serve.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure } from "./step.mjs";

const USAGE = "Builds and serves the demo: npm start -- [options]";

async function main() {
  const options = readServerOptions(USAGE);
  if (!options) return;
  const [unknown] = options.names;
  if (unknown !== undefined) throw new Failure(`There is no option "${unknown}".\n\n${USAGE}`);
  await requireFreePorts(options.servers);
  const { wasm } = await setUpOrFail();
  await build(wasm);
  await serve(options.servers);
}

stopEverythingOnSignal(0);
await command(main);

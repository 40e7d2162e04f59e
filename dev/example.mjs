import { build } from "./build.mjs";
import { examples } from "./examples.mjs";
import { requireFreePorts } from "./ports.mjs";
import { stopEverythingOnSignal } from "./process.mjs";
import { readServerOptions, serve } from "./serve.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure, step } from "./step.mjs";

const NAMES = Object.keys(examples).join(", ");
const USAGE = `Builds and serves an example with the demo's servers: npm run example:<name> -- [options]

The examples are ${NAMES}.`;

async function main() {
  const options = readServerOptions(USAGE);
  if (!options) return;
  const [name, ...others] = options.names;
  const example = others.length === 0 && Object.hasOwn(examples, name ?? "") && examples[name];
  if (!example) {
    throw new Failure(`There is no example "${options.names.join(" ")}"; there are ${NAMES}.`);
  }
  await requireFreePorts(options.servers);
  const { wasm } = await setUpOrFail();
  await build(wasm);
  let page = "";
  await step(example.title, async (doing) => {
    page = await example.build(doing, wasm);
    return "built";
  });
  await serve(options.servers, page);
}

stopEverythingOnSignal(0);
await command(main);

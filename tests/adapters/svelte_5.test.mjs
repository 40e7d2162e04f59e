import { journeysWith } from "./svelte_journeys.mjs";

await journeysWith("svelte-5");

import { journeysThrough } from "./app_journeys.mjs";

await journeysThrough("svelte", { inbox: "/#inbox" });

import { journeysThrough } from "./app_journeys.mjs";

await journeysThrough("plain", { inbox: "/#inbox" });

import { journeysThrough } from "./app_journeys.mjs";

await journeysThrough("vue", { inbox: "/inbox" });

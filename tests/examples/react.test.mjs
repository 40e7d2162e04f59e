import { journeysThrough } from "./app_journeys.mjs";

await journeysThrough("react", { inbox: "/inbox" });

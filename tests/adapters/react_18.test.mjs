import { journeysIn } from "./react_journeys.mjs";

await journeysIn("react-18");

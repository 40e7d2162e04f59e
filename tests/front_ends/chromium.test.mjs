import { engines } from "../reliability/engines.mjs";
import { journeysIn } from "./journeys.mjs";

journeysIn(engines.chromium);

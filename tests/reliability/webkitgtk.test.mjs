import { engines } from "./engines.mjs";
import { sessionSurvivesIn } from "./scenarios.mjs";

sessionSurvivesIn(engines.webkitgtk);

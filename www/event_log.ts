import { timeElement } from "./clock_time";
import { create, element, named } from "./element";

export type EntryTone = "plain" | "good" | "bad" | "detail";

const MOST_ENTRIES = 200;

/** What happened on this page, newest first. */
export class EventLog {
  readonly #list = named("log");
  readonly #showDetails = element<HTMLInputElement>("#log-details");

  constructor() {
    this.#showDetails.addEventListener("change", () => {
      this.#list.classList.toggle("log-detailed", this.#showDetails.checked);
      // With every request in it the log would talk without a pause.
      this.#list.ariaLive = this.#showDetails.checked ? "off" : "polite";
    });
  }

  add(text: string, tone: EntryTone = "plain"): void {
    const item = create("li", "log-entry");
    item.dataset["tone"] = tone;
    item.append(timeElement(Date.now()), create("span", "log-text", text));
    this.#list.prepend(item);
    while (this.#list.childElementCount > MOST_ENTRIES) {
      this.#list.lastElementChild?.remove();
    }
  }
}

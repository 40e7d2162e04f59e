import { element } from "./element";

/** The portcullis: its lattice hangs as high as the access token has life left. */
export class Gate {
  readonly #lattice: SVGElement;

  /** Hangs a gate, closed, into the page's place of that name. */
  constructor(place: string) {
    const template = element<HTMLTemplateElement>("#gate-template");
    element(`[data-gate="${place}"]`).append(template.content.cloneNode(true));
    this.#lattice = element<SVGElement>(`[data-gate="${place}"] .gate-lattice`);
  }

  /** `openness` from 0, closed, to 1, as far up as it goes. */
  raise(openness: number): void {
    const bounded = Math.min(1, Math.max(0, openness));
    this.#lattice.style.transform = `translateY(${(-82 * bounded).toFixed(2)}%)`;
  }
}

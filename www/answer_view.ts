import { create, named } from "./element";
import { jsonView } from "./json_view";

/** What a call gave: a line about it, then the JSON. */
export class AnswerView {
  readonly #box: HTMLElement;

  constructor(testId: string) {
    this.#box = named(testId);
  }

  async showResponse(request: string, response: Response, tookMs: number): Promise<void> {
    const text = await response.text();
    const line = this.#line(request, `${response.status} ${response.statusText}`.trim(), tookMs);
    line.dataset["ok"] = String(response.ok);
    this.#box.dataset["httpStatus"] = String(response.status);
    this.#box.replaceChildren(line, jsonOrText(text));
  }

  showValue(request: string, value: unknown, tookMs: number): void {
    const line = this.#line(request, "OK", tookMs);
    line.dataset["ok"] = "true";
    this.#box.replaceChildren(line, jsonView(value));
  }

  showFailure(request: string, code: string, tookMs: number): void {
    const line = this.#line(request, code, tookMs);
    line.dataset["ok"] = "false";
    delete this.#box.dataset["httpStatus"];
    this.#box.replaceChildren(line);
  }

  clear(): void {
    delete this.#box.dataset["httpStatus"];
    this.#box.replaceChildren(create("p", "answer-empty", "No call yet."));
  }

  #line(request: string, status: string, tookMs: number): HTMLParagraphElement {
    const line = create("p", "answer-line");
    line.append(
      create("span", "answer-request mono", request),
      create("span", "answer-status", status),
      create("span", "answer-took", `${Math.round(tookMs)} ms`),
    );
    return line;
  }
}

function jsonOrText(text: string): HTMLPreElement {
  try {
    return jsonView(JSON.parse(text));
  } catch {
    return create("pre", "json", text);
  }
}

import { clockTime, timeElement } from "./clock_time";
import { create, element } from "./element";

export type MarkKind = "login" | "this_tab" | "another_tab" | "failed";

interface Mark {
  at: number;
  kind: MarkKind;
  item: HTMLLIElement;
}

/** The life of one access token; `until` is where the next one took over. */
interface TokenLife {
  from: number;
  expiresAt: number;
  until: number;
}

const LABELS: Record<MarkKind, string> = {
  login: "session began on this page",
  this_tab: "renewed by this tab",
  another_tab: "renewed by another tab",
  failed: "a try to renew failed",
};

// In lifetimes of the access token: how much of the past and of the future the plot shows.
const PAST = 3;
const AHEAD = 1;
const HEADROOM = 1.15;

/** The plot of what life each access token had left, with a mark at every renewal. */
export class Timeline {
  readonly #marksList = element<HTMLOListElement>("#timeline-marks");
  readonly #axis = element("#timeline-axis");
  readonly #line = element<SVGPathElement>("#curve-line");
  readonly #fill = element<SVGPathElement>("#curve-fill");
  readonly #ahead = element<SVGPathElement>("#curve-ahead");
  #marks: Mark[] = [];
  #lives: TokenLife[] = [];
  #lifetime = 0;

  /** A token that runs from `now` until `expiresAt`, and how it came. */
  tokenArrived(kind: Exclude<MarkKind, "failed">, now: number, expiresAt: number): void {
    const last = this.#lives.at(-1);
    if (last) {
      last.until = Math.min(now, last.expiresAt);
    }
    this.#lives.push({ from: now, expiresAt, until: expiresAt });
    this.#fitLifetime(expiresAt - now);
    this.#addMark(kind, now);
    this.draw(now);
  }

  refreshFailed(now: number): void {
    this.#addMark("failed", now);
    this.draw(now);
  }

  clear(): void {
    this.#marks = [];
    this.#lives = [];
    this.#lifetime = 0;
    this.#marksList.replaceChildren();
  }

  /** The longest life a token of this session was seen to have, in ms. */
  get lifetime(): number {
    return this.#lifetime;
  }

  get isEmpty(): boolean {
    return this.#lives.length === 0;
  }

  draw(now: number): void {
    if (this.#lifetime === 0) {
      return;
    }
    this.#forgetBefore(now - PAST * this.#lifetime);
    const past: string[] = [];
    const area: string[] = [];
    let ahead = "";
    for (const life of this.#lives) {
      const end = Math.min(life.until, now);
      past.push(`M${this.#point(life.from, life, now)}L${this.#point(end, life, now)}`);
      area.push(
        `M${this.#x(life.from, now)} 100L${this.#point(life.from, life, now)}` +
          `L${this.#point(end, life, now)}L${this.#x(end, now)} 100Z`,
      );
      if (life.until > now) {
        ahead = `M${this.#point(now, life, now)}L${this.#point(life.expiresAt, life, now)}`;
      }
    }
    this.#line.setAttribute("d", past.join(""));
    this.#fill.setAttribute("d", area.join(""));
    this.#ahead.setAttribute("d", ahead);
    for (const mark of this.#marks) {
      mark.item.style.left = `${this.#x(mark.at, now)}%`;
      mark.item.style.top = `${this.#y(this.#remainingAt(mark.at))}%`;
    }
  }

  #addMark(kind: MarkKind, at: number): void {
    const item = create("li", "mark");
    item.dataset["kind"] = kind;
    item.title = `${clockTime(at)}, ${LABELS[kind]}`;
    const text = create("span", "visually-hidden");
    text.append(timeElement(at), ` ${LABELS[kind]}`);
    item.append(text);
    this.#marksList.append(item);
    this.#marks.push({ at, kind, item });
  }

  #forgetBefore(horizon: number): void {
    this.#lives = this.#lives.filter((life) => life.until >= horizon);
    for (const mark of this.#marks.filter((mark) => mark.at < horizon)) {
      mark.item.remove();
    }
    this.#marks = this.#marks.filter((mark) => mark.at >= horizon);
  }

  /** A token handed over by another tab has only the rest of its life left: the longest one counts. */
  #fitLifetime(life: number): void {
    const whole = Math.round(life / 1000) * 1000;
    if (whole <= this.#lifetime) {
      return;
    }
    this.#lifetime = whole;
    const labels = [];
    for (let step = -PAST; step <= AHEAD; step++) {
      const label = create("span", "timeline-tick", step === 0 ? "now" : span(step * whole));
      label.style.left = `${((step + PAST) / (PAST + AHEAD)) * 100}%`;
      labels.push(label);
    }
    this.#axis.replaceChildren(...labels);
  }

  #remainingAt(at: number): number {
    const life = this.#lives.findLast((life) => life.from <= at);
    return life ? Math.max(0, life.expiresAt - at) : 0;
  }

  #point(at: number, life: TokenLife, now: number): string {
    return `${this.#x(at, now)} ${this.#y(Math.max(0, life.expiresAt - at))}`;
  }

  #x(at: number, now: number): number {
    const x = ((at - now) / this.#lifetime + PAST) / (PAST + AHEAD);
    return Math.round(x * 1e5) / 1e3;
  }

  #y(remaining: number): number {
    const y = 1 - remaining / (this.#lifetime * HEADROOM);
    return Math.round(y * 1e5) / 1e3;
  }
}

/** "−2 min" or "+90 s": a signed length of time in its natural unit. */
function span(ms: number): string {
  const sign = ms < 0 ? "−" : "+";
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds % 3600 === 0) {
    return `${sign}${seconds / 3600} h`;
  }
  return seconds % 60 === 0 ? `${sign}${seconds / 60} min` : `${sign}${seconds} s`;
}

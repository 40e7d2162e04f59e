// Hidden frames: the server's own page, which is asked by messages, and that of a silent login. The server
// sends the latter back to a page of this origin, which is the app once more: there the client hands the
// answer to the page around it and does nothing else.

/** The attribute by which the page in the frame of a silent login knows what it is there for. */
const MARK = "data-portcullis-silent-login";

/** A page in a hidden frame, and what it says. `result` is there when it has loaded. */
export class Frame {
  #frame = document.createElement("iframe");
  #stopped = new AbortController();
  #origin;
  /** @type {string[]} */
  #said = [];
  /** @type {((text: string) => void) | undefined} */
  #hear;

  /**
   * @param {string} url
   * @param {boolean} isSilentLogin
   */
  constructor(url, isSilentLogin) {
    this.#origin = isSilentLogin ? location.origin : new URL(url).origin;
    this.#frame.toggleAttribute(MARK, isSilentLogin);
    this.#frame.setAttribute("aria-hidden", "true");
    this.#frame.hidden = true;
    this.#frame.src = url;
    const until = { capture: true, signal: this.#stopped.signal };
    addEventListener("message", (event) => this.#onMessage(event), until);
    this.result = new Promise((resolve, reject) => {
      const loaded = () => {
        this.#onLoad();
        resolve(undefined);
      };
      this.#frame.addEventListener("load", loaded, until);
      if (document.body) document.body.append(this.#frame);
      else reject("unsupported");
    });
  }

  /** @returns {Promise<string>} what the page says next */
  async next() {
    return this.#said.shift() ?? new Promise((resolve) => (this.#hear = resolve));
  }

  /**
   * Sends a message to the page, whose answer `next` gives. A page of another origin does not get it.
   *
   * @param {string} message
   */
  ask(message) {
    this.#said = [];
    this.#frame.contentWindow?.postMessage(message, this.#origin);
    return this.next();
  }

  stop() {
    this.#stopped.abort();
    this.#frame.remove();
  }

  /** @param {MessageEvent} event */
  #onMessage({ source, origin, data }) {
    const isOurs = source === this.#frame.contentWindow && origin === this.#origin;
    if (isOurs && typeof data === "string") this.#say(data);
  }

  /** A page without a client says nothing, but its URL can be read. */
  #onLoad() {
    try {
      this.#say(this.#frame.contentWindow?.location.href ?? "");
    } catch {
      // It is of another origin.
    }
  }

  /** @param {string} text */
  #say(text) {
    if (this.#hear) this.#hear(text);
    else this.#said.push(text);
    this.#hear = undefined;
  }
}

/** In the frame of a silent login: hands the answer over. Says whether the page is in such a frame. */
export function handOver() {
  const isInFrame = globalThis.frameElement?.hasAttribute(MARK) ?? false;
  if (isInFrame) parent.postMessage(location.href, location.origin);
  return isInFrame;
}

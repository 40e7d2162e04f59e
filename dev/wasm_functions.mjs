/**
 * A function of a wasm file.
 *
 * @typedef {object} WasmFunction
 * @property {string} name as Rust writes it
 * @property {number} bytes the length of its body
 */

/** The sections of a wasm file that are read here, by their number. */
const SECTION = { custom: 0, import: 2, code: 10 };
/** Of the section of names, the part that names functions. */
const FUNCTION_NAMES = 1;

/**
 * The functions that a wasm file defines, with the names in its name section
 * (https://webassembly.github.io/spec/core/appendix/custom.html#name-section).
 *
 * @param {Uint8Array} wasm
 * @returns {WasmFunction[]}
 */
export function wasmFunctions(wasm) {
  let imported = 0;
  /** @type {number[]} */
  let sizes = [];
  /** @type {Map<number, string>} */
  let names = new Map();
  const reader = new Reader(wasm, 8);
  while (!reader.isAtEnd()) {
    const section = reader.byte();
    const content = reader.part();
    // Wasm-bindgen's glue gives functions only, and they are counted first.
    if (section === SECTION.import) imported = content.number();
    if (section === SECTION.code) sizes = content.list(() => content.part().length);
    if (section === SECTION.custom && content.text() === "name") names = functionNames(content);
  }
  return sizes.map((bytes, index) => ({ name: names.get(imported + index) ?? "", bytes }));
}

/** @param {Reader} content */
function functionNames(content) {
  /** @type {[number, string][]} */
  let names = [];
  while (!content.isAtEnd()) {
    const kind = content.byte();
    const part = content.part();
    if (kind === FUNCTION_NAMES) names = part.list(() => [part.number(), part.text()]);
  }
  return new Map(names);
}

/** Reads the binary format from some place on. */
class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get length() {
    return this.bytes.length;
  }

  isAtEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return /** @type {number} */ (this.bytes[this.at++]);
  }

  /** A number in LEB128. */
  number() {
    let [number, factor, byte] = [0, 1, 0];
    do {
      byte = this.byte();
      number += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte & 0x80);
    return number;
  }

  /** What is preceded by its length. */
  part() {
    const length = this.number();
    const part = new Reader(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return part;
  }

  text() {
    return new TextDecoder().decode(this.part().bytes);
  }

  /**
   * @template T
   * @param {() => T} read
   */
  list(read) {
    return Array.from({ length: this.number() }, read);
  }
}

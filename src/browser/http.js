// Requests to the authorization server, and those of the application to its API.

/** The headers that an answer is read for. */
const HEADERS = ["content-type", "cache-control", "retry-after", "www-authenticate", "dpop-nonce"];

/**
 * Sends a request and reads the response whole, up to `most` bytes. A redirect is not followed: it is an
 * answer with the status 0, which nothing takes for a success.
 *
 * @param {string} url
 * @param {string | undefined} form the body of a POST; a GET has none
 * @param {string} accept
 * @param {string | undefined} authorization
 * @param {string | undefined} proof
 * @param {number} most
 */
export function send(url, form, accept, authorization, proof, most) {
  const abort = new AbortController();
  const headers = {
    accept,
    ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
    ...(authorization !== undefined && { authorization }),
    ...(proof !== undefined && { dpop: proof }),
  };
  /** @type {RequestInit} */
  const init = {
    headers,
    ...(form !== undefined && { method: "POST", body: form }),
    credentials: "omit",
    redirect: "manual",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    signal: abort.signal,
  };
  return { result: exchange(url, init, most), stop: () => abort.abort() };
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @param {number} most
 * @returns {Promise<unknown[]>} the status, the headers and the body
 */
async function exchange(url, init, most) {
  let response, parts;
  try {
    response = await fetch(new Request(url, init));
    parts = await read(response.body, most);
  } catch {
    // What a browser says of a failed request is the same for all causes.
    throw "network";
  }
  return [response.status, ...HEADERS.map((name) => response.headers.get(name)), text(parts)];
}

/**
 * @param {ReadableStream<Uint8Array> | null} body
 * @param {number} most
 * @returns {Promise<Uint8Array[] | null>} `null` if there is more
 */
async function read(body, most) {
  /** @type {Uint8Array[]} */
  const parts = [];
  const reader = body?.getReader();
  for (let length = 0; reader;) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) return null;
    parts.push(value);
  }
  return parts;
}

/** @param {Uint8Array[] | null} parts */
function text(parts) {
  if (parts === null) throw "invalid_json over 1 MiB";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch {
    throw "invalid_json";
  }
}

/**
 * Sends a request of the application.
 *
 * @param {Request} request
 * @param {string} authorization
 * @param {string | undefined} proof
 */
export async function sendToApi(request, authorization, proof) {
  request.headers.set("authorization", authorization);
  if (proof !== undefined) request.headers.set("dpop", proof);
  try {
    return await fetch(request);
  } catch (error) {
    throw error instanceof DOMException && error.name === "AbortError" ? "aborted" : "network";
  }
}

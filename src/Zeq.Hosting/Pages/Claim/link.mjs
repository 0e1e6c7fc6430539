// The fragment of a coin's link: #zeqcoin:v2:<base64url of the file, without padding>.

import { MAX_SIZE_BYTES } from "./zeq-file.mjs";

const SCHEME = "zeqcoin:";
const VERSION = "v2:";
const MAX_LENGTH = Math.ceil((MAX_SIZE_BYTES * 4) / 3);

/**
 * Reads a fragment, with or without its "#".
 * @returns {{status: "Ok"|"NotALink"|"UnsupportedVersion"|"TooLong"|"Damaged", file?: Uint8Array}}
 */
export function readFragment(fragment) {
  const text = fragment.startsWith("#") ? fragment.slice(1) : fragment;
  if (!text.startsWith(SCHEME)) {
    return { status: "NotALink" };
  }

  const rest = text.slice(SCHEME.length);
  if (!rest.startsWith(VERSION)) {
    return { status: rest.startsWith("v") ? "UnsupportedVersion" : "NotALink" };
  }

  const digits = rest.slice(VERSION.length);
  if (digits.length > MAX_LENGTH) {
    return { status: "TooLong" };
  }

  const file = decode(digits);
  return file === null || file.length === 0 ? { status: "Damaged" } : { status: "Ok", file };
}

/** Base64url without padding, in its one spelling; null for anything else. */
function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    return null;
  }

  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const canonical = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return canonical === text ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : null;
}

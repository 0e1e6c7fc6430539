// Reads .ZEQ files as the library does (docs/bearer-files.md): the same checks in the same order with the same names for what is wrong.

import { argon2id } from "./argon2id.mjs";
import { readCoin } from "./coin.mjs";
import { canBePin } from "./pin.mjs";

const HEADER_SIZE_BYTES = 38;
const TAG_SIZE_BYTES = 16;
const VERSION = 2;

export const MIN_SIZE_BYTES = HEADER_SIZE_BYTES + 281 + TAG_SIZE_BYTES;
export const MAX_SIZE_BYTES = HEADER_SIZE_BYTES + 2048 + TAG_SIZE_BYTES;

export const Kdf = Object.freeze({ Pbkdf2: 1, Argon2id: 2 });

const COSTS = { [Kdf.Pbkdf2]: [210_000, 10_000_000], [Kdf.Argon2id]: [19_456, 262_144] };
const ARGON2ID_PASSES = 3;
const ARGON2ID_LANES = 1;

/**
 * What a file shows without its PIN; everything that no PIN could open is refused here, before any work.
 * @param {Uint8Array} file bytes from outside, of any length
 * @returns {{status: string, kdf?: number, cost?: number}}
 */
export function readHeader(file) {
  const magic = [0x5a, 0x45, 0x51, 0x43];
  if (magic.some((byte, i) => i < file.length && file[i] !== byte)) {
    return { status: "NotAZeqFile" };
  }

  if (file.length > 4 && file[4] !== VERSION) {
    return { status: "UnsupportedVersion" };
  }

  if (file.length < MIN_SIZE_BYTES) {
    return { status: "Truncated" };
  }

  if (file.length > MAX_SIZE_BYTES) {
    return { status: "TooLarge" };
  }

  const kdf = file[5], cost = ((file[6] << 24) | (file[7] << 16) | (file[8] << 8) | file[9]) >>> 0;
  if (!(kdf in COSTS)) {
    return { status: "UnsupportedKdf" };
  }

  const [least, most] = COSTS[kdf];
  return cost < least || cost > most ? { status: "CostOutOfRange" } : { status: "Ok", kdf, cost };
}

/**
 * Opens a file. A PIN that cannot be one opens nothing and costs nothing.
 * @param {Uint8Array} file
 * @param {string} pin
 * @param {(done: number) => void} [progress] is told how much of Argon2id is done, 0 to 1
 * @param {typeof deriveKey} [derive] another derivation, for tests
 * @returns {Promise<{status: string, coin?: object}>} the coin as the home's redeem takes it
 */
export async function openFile(file, pin, progress = () => {}, derive = deriveKey) {
  const header = readHeader(file);
  if (header.status !== "Ok") {
    return header;
  }

  if (!canBePin(pin)) {
    return { status: "WrongPinOrDamaged" };
  }

  const pinBytes = new TextEncoder().encode(pin);
  const keyBytes = await derive(header.kdf, header.cost, pinBytes, file.slice(10, 26), progress);
  pinBytes.fill(0);
  const key = await crypto.subtle.importKey("raw", keyBytes, "AES-GCM", false, ["decrypt"]);
  keyBytes.fill(0);
  let plain;
  try {
    const algorithm = { name: "AES-GCM", iv: file.slice(26, HEADER_SIZE_BYTES), additionalData: file.slice(0, HEADER_SIZE_BYTES), tagLength: 128 };
    plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, file.slice(HEADER_SIZE_BYTES)));
  } catch {
    return { status: "WrongPinOrDamaged" };
  }

  const coin = await readCoin(plain);
  plain.fill(0);
  return coin === null ? { status: "NotACoin" } : { status: "Ok", coin };
}

/** The 32-byte key that a KDF makes of PIN and salt. */
export async function deriveKey(kdf, cost, pin, salt, progress) {
  if (kdf === Kdf.Argon2id) {
    return argon2id({ password: pin, salt, memoryKib: cost, passes: ARGON2ID_PASSES, lanes: ARGON2ID_LANES, size: 32 }, progress);
  }

  const password = await crypto.subtle.importKey("raw", pin, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt, iterations: cost }, password, 256));
}

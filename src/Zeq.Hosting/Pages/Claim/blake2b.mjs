// BLAKE2b (RFC 7693) without a key, in 32-bit halves: word i of an array stands at 2i (low half) and 2i + 1 (high half).
// Argon2id hashes a few kilobytes with it, so it is written to be read, not to be fast.

const BLOCK_SIZE_BYTES = 128;

const IV = new Int32Array([
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
  0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
]);

const SIGMA = [
  "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
  "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
];

/** The hash of the bytes of all parts, one after the other; size is 1 to 64. */
export function blake2b(parts, size) {
  const message = join(parts);
  const h = IV.slice();
  h[0] ^= 0x01010000 ^ size;
  const v = new Int32Array(32), m = new Int32Array(32), block = new Uint8Array(BLOCK_SIZE_BYTES);
  for (let at = 0, isLast = false; !isLast; at += BLOCK_SIZE_BYTES) {
    isLast = at + BLOCK_SIZE_BYTES >= message.length;
    block.fill(0);
    block.set(message.subarray(at, at + BLOCK_SIZE_BYTES));
    bytesToWords(block, m);
    compress(h, v, m, isLast ? message.length : at + BLOCK_SIZE_BYTES, isLast);
  }

  const hash = wordsToBytes(h).slice(0, size);
  for (const secret of [message, block, h, v, m]) {
    secret.fill(0);
  }

  return hash;
}

/** Little-endian bytes to halves of words. */
export function bytesToWords(bytes, words) {
  for (let i = 0, at = 0; at < bytes.length; i++, at += 4) {
    words[i] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }
}

/** Halves of words to little-endian bytes. */
export function wordsToBytes(words) {
  const bytes = new Uint8Array(words.length * 4);
  for (let i = 0, at = 0; i < words.length; i++) {
    for (let shift = 0; shift < 32; shift += 8) {
      bytes[at++] = words[i] >>> shift;
    }
  }

  return bytes;
}

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }

  return all;
}

function compress(h, v, m, count, isLast) {
  v.set(h);
  v.set(IV, 16);
  v[24] ^= count; // Messages here are far below 2^31 bytes.
  if (isLast) {
    v[28] = ~v[28];
    v[29] = ~v[29];
  }

  for (let round = 0; round < 12; round++) {
    const order = SIGMA[round % 10];
    for (let g = 0; g < 8; g++) {
      const turn = g < 4 ? 0 : 1, i = g & 3;
      mix(
        v, 2 * i, 2 * (4 + ((i + turn) & 3)), 2 * (8 + ((i + 2 * turn) & 3)), 2 * (12 + ((i + 3 * turn) & 3)),
        m, 2 * parseInt(order[2 * g], 16), 2 * parseInt(order[2 * g + 1], 16));
    }
  }

  for (let i = 0; i < 16; i++) {
    h[i] ^= v[i] ^ v[i + 16];
  }
}

function mix(v, a, b, c, d, m, x, y) {
  add(v, a, v, b);
  add(v, a, m, x);
  xorRotate(v, d, a, 32);
  add(v, c, v, d);
  xorRotate(v, b, c, 24);
  add(v, a, v, b);
  add(v, a, m, y);
  xorRotate(v, d, a, 16);
  add(v, c, v, d);
  xorRotate(v, b, c, 63);
}

function add(v, a, w, b) {
  const low = (v[a] >>> 0) + (w[b] >>> 0);
  v[a] = low;
  v[a + 1] += w[b + 1] + (low > 0xffffffff ? 1 : 0);
}

/** v[a] = rotate right of v[a] ^ v[b] by n. */
function xorRotate(v, a, b, n) {
  let low = v[a] ^ v[b], high = v[a + 1] ^ v[b + 1];
  if (n >= 32) {
    [low, high, n] = [high, low, n - 32];
  }

  v[a] = n === 0 ? low : (low >>> n) | (high << (32 - n));
  v[a + 1] = n === 0 ? high : (high >>> n) | (low << (32 - n));
}

// Argon2id, version 0x13 (RFC 9106), in 32-bit halves and without BigInt: half 0 of a word is its low one. Lanes are filled one after the other.
// Which blocks the later half of the first pass and the other passes read depends on the password: that is the algorithm's own property.

import { blake2b, bytesToWords, wordsToBytes } from "./blake2b.mjs";

const VERSION = 0x13;
const TYPE_ID = 2;
const SLICES = 4;
const BLOCK_SIZE_BYTES = 1024;
const HALVES = BLOCK_SIZE_BYTES / 4;
const NONE = new Uint8Array(0);

/**
 * Derives a key.
 * @param {{password: Uint8Array, salt: Uint8Array, secret?: Uint8Array, data?: Uint8Array, memoryKib: number, passes: number, lanes: number, size: number}} input
 * @param {(done: number) => void} [progress] is told how much is done, 0 to 1, up to 64 times a pass
 * @returns {Uint8Array} the key
 */
export function argon2id({ password, salt, secret = NONE, data = NONE, memoryKib, passes, lanes, size }, progress = () => {}) {
  const segment = Math.floor(memoryKib / (SLICES * lanes)), lane = segment * SLICES;
  const blocks = new Int32Array(lane * lanes * HALVES);
  const fill = new Filler(blocks, lane, segment, lanes, passes, progress);
  const seed = blake2b(
    [
      u32(lanes), u32(size), u32(memoryKib), u32(passes), u32(VERSION), u32(TYPE_ID), u32(password.length), password, u32(salt.length), salt,
      u32(secret.length), secret, u32(data.length), data,
    ], 64);
  for (let l = 0; l < lanes; l++) {
    for (let i = 0; i < 2; i++) {
      const at = (l * lane + i) * HALVES;
      bytesToWords(longHash([seed, u32(i), u32(l)], BLOCK_SIZE_BYTES), blocks.subarray(at, at + HALVES));
    }
  }

  for (let pass = 0; pass < passes; pass++) {
    for (let slice = 0; slice < SLICES; slice++) {
      for (let l = 0; l < lanes; l++) {
        fill.segment(pass, slice, l);
      }
    }
  }

  const last = blocks.slice((lane - 1) * HALVES, lane * HALVES);
  for (let l = 1; l < lanes; l++) {
    for (let i = 0, at = (l * lane + lane - 1) * HALVES; i < HALVES; i++) {
      last[i] ^= blocks[at + i];
    }
  }

  const bytes = wordsToBytes(last), key = longHash([bytes], size);
  for (const spent of [seed, last, bytes, blocks]) {
    spent.fill(0);
  }

  progress(1);
  return key;
}

/** H' of RFC 9106 §3.3. */
function longHash(parts, size) {
  if (size <= 64) {
    return blake2b([u32(size), ...parts], size);
  }

  const out = new Uint8Array(size);
  let hash = blake2b([u32(size), ...parts], 64), at = 0;
  for (; size - at > 64; at += 32) {
    out.set(hash.subarray(0, 32), at);
    hash = blake2b([hash], size - at - 32 > 64 ? 64 : size - at - 32);
  }

  out.set(hash, at);
  return out;
}

function u32(number) {
  return new Uint8Array([number, number >>> 8, number >>> 16, number >>> 24]);
}

/** Fills segments of the memory. */
class Filler {
  constructor(blocks, lane, segment, lanes, passes, progress) {
    Object.assign(this, { blocks, lane, segmentLength: segment, lanes, passes, progress });
    this.mixed = new Int32Array(HALVES);
    this.input = new Int32Array(HALVES);
    this.addresses = new Int32Array(HALVES);
    this.zero = new Int32Array(HALVES);
    this.step = Math.max(1, Math.floor((lane * lanes) / 64));
    this.done = 0;
  }

  segment(pass, slice, l) {
    const { blocks, lane, segmentLength, lanes, addresses } = this;
    const isBlind = pass === 0 && slice < SLICES / 2;
    if (isBlind) {
      this.input.fill(0);
      [this.input[0], this.input[2], this.input[4], this.input[6], this.input[8], this.input[10]] = [pass, l, slice, lane * lanes, this.passes, TYPE_ID];
      this.nextAddresses();
    }

    for (let i = pass === 0 && slice === 0 ? 2 : 0; i < segmentLength; i++) {
      if (isBlind && i > 0 && i % 128 === 0) {
        this.nextAddresses();
      }

      const column = slice * segmentLength + i;
      const here = (l * lane + column) * HALVES, before = (l * lane + (column + lane - 1) % lane) * HALVES;
      const j1 = isBlind ? addresses[2 * (i % 128)] : blocks[before], j2 = isBlind ? addresses[2 * (i % 128) + 1] : blocks[before + 1];
      const from = pass === 0 && slice === 0 ? l : (j2 >>> 0) % lanes;

      // How many blocks may be read: those that are filled, without the one before this and those of this slice in other lanes.
      const filled = pass === 0 ? slice * segmentLength : lane - segmentLength;
      const area = from === l ? filled + i - 1 : filled - (i === 0 ? 1 : 0);
      const offset = area - 1 - high(area, high(j1, j1));
      const start = pass === 0 || slice === SLICES - 1 ? 0 : (slice + 1) * segmentLength;
      compress(blocks, before, blocks, (from * lane + (start + offset) % lane) * HALVES, blocks, here, pass > 0, this.mixed);
      if (++this.done % this.step === 0) {
        this.progress(this.done / (lane * lanes * this.passes));
      }
    }
  }

  nextAddresses() {
    this.input[12]++;
    compress(this.zero, 0, this.input, 0, this.addresses, 0, false, this.mixed);
    compress(this.zero, 0, this.addresses, 0, this.addresses, 0, false, this.mixed);
  }
}

/** The upper half of the product of two unsigned 32-bit numbers. */
function high(x, y) {
  const xl = x & 0xffff, xh = x >>> 16, yl = y & 0xffff, yh = y >>> 16;
  const middle = (Math.imul(xh, yl) + (Math.imul(xl, yl) >>> 16)) | 0;
  const other = (Math.imul(xl, yh) + (middle & 0xffff)) | 0;
  return (Math.imul(xh, yh) + (middle >>> 16) + (other >>> 16)) >>> 0;
}

/** G of RFC 9106 §3.5: out = P(P(x ^ y)) ^ x ^ y, and ^ out where a later pass writes over an earlier one. */
function compress(x, xAt, y, yAt, out, outAt, isOver, v) {
  if (isOver) {
    for (let i = 0; i < HALVES; i++) {
      const r = x[xAt + i] ^ y[yAt + i];
      v[i] = r;
      out[outAt + i] ^= r;
    }
  } else {
    for (let i = 0; i < HALVES; i++) {
      v[i] = x[xAt + i] ^ y[yAt + i];
    }

    out.set(v, outAt);
  }

  for (let i = 0; i < HALVES; i += 32) {
    permute(v, i, 2, 4);
  }

  for (let i = 0; i < 32; i += 4) {
    permute(v, i, 2, 32);
  }

  for (let i = 0; i < HALVES; i++) {
    out[outAt + i] ^= v[i];
  }
}

/** P over 16 words: pairs of words that begin at `at`, `at + stride`, `at + 2 stride`, …; the second of a pair is `next` behind the first. */
function permute(v, at, next, stride) {
  const a0 = at, a1 = at + next, a2 = at + stride, a3 = a2 + next, b0 = a2 + stride, b1 = b0 + next, b2 = b0 + stride, b3 = b2 + next;
  const c0 = b2 + stride, c1 = c0 + next, c2 = c0 + stride, c3 = c2 + next, d0 = c2 + stride, d1 = d0 + next, d2 = d0 + stride, d3 = d2 + next;
  mix(v, a0, b0, c0, d0);
  mix(v, a1, b1, c1, d1);
  mix(v, a2, b2, c2, d2);
  mix(v, a3, b3, c3, d3);
  mix(v, a0, b1, c2, d3);
  mix(v, a1, b2, c3, d0);
  mix(v, a2, b3, c0, d1);
  mix(v, a3, b0, c1, d2);
}

// One quarter: four times x + y + 2 * low(x) * low(y), with rotations between; written out, since a call that is not inlined costs more than its work.
function mix(v, a, b, c, d) {
  let al = v[a], ah = v[a + 1], bl = v[b], bh = v[b + 1], cl = v[c], ch = v[c + 1], dl = v[d], dh = v[d + 1];
  let lo = 0, hi = 0, sum = 0, carry = 0, t = 0;

  lo = Math.imul(al, bl); hi = high(al, bl); hi = (hi << 1) | (lo >>> 31); lo <<= 1;
  sum = (al + bl) | 0; carry = (sum >>> 0) < (al >>> 0) ? 1 : 0;
  al = (sum + lo) | 0; carry += (al >>> 0) < (sum >>> 0) ? 1 : 0; ah = (ah + bh + hi + carry) | 0;
  t = dl ^ al; dl = dh ^ ah; dh = t;

  lo = Math.imul(cl, dl); hi = high(cl, dl); hi = (hi << 1) | (lo >>> 31); lo <<= 1;
  sum = (cl + dl) | 0; carry = (sum >>> 0) < (cl >>> 0) ? 1 : 0;
  cl = (sum + lo) | 0; carry += (cl >>> 0) < (sum >>> 0) ? 1 : 0; ch = (ch + dh + hi + carry) | 0;
  bl ^= cl; bh ^= ch; t = (bl >>> 24) | (bh << 8); bh = (bh >>> 24) | (bl << 8); bl = t;

  lo = Math.imul(al, bl); hi = high(al, bl); hi = (hi << 1) | (lo >>> 31); lo <<= 1;
  sum = (al + bl) | 0; carry = (sum >>> 0) < (al >>> 0) ? 1 : 0;
  al = (sum + lo) | 0; carry += (al >>> 0) < (sum >>> 0) ? 1 : 0; ah = (ah + bh + hi + carry) | 0;
  dl ^= al; dh ^= ah; t = (dl >>> 16) | (dh << 16); dh = (dh >>> 16) | (dl << 16); dl = t;

  lo = Math.imul(cl, dl); hi = high(cl, dl); hi = (hi << 1) | (lo >>> 31); lo <<= 1;
  sum = (cl + dl) | 0; carry = (sum >>> 0) < (cl >>> 0) ? 1 : 0;
  cl = (sum + lo) | 0; carry += (cl >>> 0) < (sum >>> 0) ? 1 : 0; ch = (ch + dh + hi + carry) | 0;
  bl ^= cl; bh ^= ch; t = (bh >>> 31) | (bl << 1); bh = (bl >>> 31) | (bh << 1); bl = t;

  v[a] = al; v[a + 1] = ah; v[b] = bl; v[b + 1] = bh; v[c] = cl; v[c + 1] = ch; v[d] = dl; v[d + 1] = dh;
}

// The part of CBOR (RFC 8949) that coins use: unsigned integers, byte strings, ASCII text, arrays and maps, all of definite length and in the
// shortest form (§4.2.1). The first thing that is not what was asked for makes the reader bad for good.

const UNSIGNED = 0, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5;
const NOTHING = new Uint8Array(0);

export class CborReader {
  #bytes;
  #at = 0;
  isBad = false;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Whether all was read and all was good. */
  get isDone() {
    return !this.isBad && this.#at === this.#bytes.length;
  }

  /** A map of one of two numbers of members begins; whether it is the second. */
  map(count, orCount = -1) {
    const members = this.#head(MAP);
    this.isBad ||= members !== count && members !== orCount;
    return !this.isBad && members === orCount;
  }

  /** The next member is this one; answers the reader. */
  key(key) {
    const found = this.#head(UNSIGNED);
    this.isBad ||= found !== key;
    return this;
  }

  integer() {
    return this.#head(UNSIGNED);
  }

  array(most) {
    const length = this.#head(ARRAY);
    this.isBad ||= length > most;
    return this.isBad ? 0 : length;
  }

  /** Bytes of this length, as lower-case hex. */
  hex(size) {
    const length = this.#head(BYTES);
    this.isBad ||= length !== size;
    return Array.from(this.#take(length), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Printable ASCII without a space, at most this long. */
  text(most) {
    const length = this.#head(TEXT);
    this.isBad ||= length > most;
    const bytes = this.#take(length);
    this.isBad ||= bytes.some((byte) => byte < 0x21 || byte > 0x7e);
    return this.isBad ? "" : String.fromCharCode(...bytes);
  }

  #take(length) {
    this.isBad ||= length > this.#bytes.length - this.#at;
    if (this.isBad) {
      return NOTHING;
    }

    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The argument of an item of this type, below 2^53; -1 where there is none. */
  #head(type) {
    const first = this.#bytes[this.#at];
    if (this.isBad || this.#at >= this.#bytes.length || first >> 5 !== type) {
      this.isBad = true;
      return -1;
    }

    const info = first & 0x1f;
    const size = info < 24 ? 0 : info <= 27 ? 1 << (info - 24) : -1;
    if (size < 0 || this.#bytes.length - this.#at <= size) {
      this.isBad = true;
      return -1;
    }

    let value = size === 0 ? info : 0;
    for (let i = 1; i <= size; i++) {
      value = value * 256 + this.#bytes[this.#at + i];
    }

    this.#at += 1 + size;
    const least = { 0: 0, 1: 24, 2: 2 ** 8, 4: 2 ** 16, 8: 2 ** 32 }[size];
    this.isBad = value < least || value > Number.MAX_SAFE_INTEGER;
    return this.isBad ? -1 : value;
  }
}

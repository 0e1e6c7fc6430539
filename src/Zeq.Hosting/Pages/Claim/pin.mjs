// What a PIN can be (spec 05 rule 28): 8 to 128 Unicode scalar values, no control characters, no white space at its ends.

const MIN_LENGTH = 8;
const MAX_LENGTH = 128;
const WHITE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u;
const NO_CHARACTER = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u;

/** Whether a text can be the PIN of any file. */
export function canBePin(text) {
  const characters = [...text];
  return characters.length >= MIN_LENGTH && characters.length <= MAX_LENGTH && !NO_CHARACTER.test(text)
    && !WHITE.test(characters[0]) && !WHITE.test(characters[characters.length - 1]);
}

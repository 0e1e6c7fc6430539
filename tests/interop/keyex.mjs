// Both sides of a key exchange (ZeqKeyEx) and its records, from the text of the protocol and with other libraries. Whatever does not hold throws.
import { gcm } from '@noble/ciphers/aes.js';
import { expand, hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';

const RECORDS_PER_KEY = 2 ** 24;

const sessionIdOf = (publicKey, cipherText, salt) =>
  bytesToHex(sha256(concatBytes(utf8ToBytes('zeq/keyex/session/v1'), publicKey, cipherText, salt))).slice(0, 32);

const recordKeyOf = (sharedSecret, publicKey, cipherText, salt, slug) =>
  hkdf(sha256, sharedSecret, sha256(concatBytes(publicKey, cipherText, salt)), utf8ToBytes(`zeq/keyex/record/v1|${slug}`), 32);

const uint64 = (number) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
};

const cipherOf = (recordKey, sessionId, direction, counter) => {
  let chain = expand(sha256, recordKey, utf8ToBytes(`zeq/record/${direction}/v1`), 32);
  for (let step = Math.floor(counter / RECORDS_PER_KEY); step > 0; step--) {
    chain = expand(sha256, chain, utf8ToBytes('zeq/record/next/v1'), 32);
  }

  const key = expand(sha256, chain, utf8ToBytes('zeq/record/key/v1'), 32);
  const nonce = concatBytes(new Uint8Array(4), uint64(counter));
  return gcm(key, nonce, concatBytes(utf8ToBytes(sessionId), utf8ToBytes(direction), uint64(counter)));
};

export const seal = (recordKey, sessionId, direction, counter, kind, data) =>
  concatBytes(uint64(counter), cipherOf(recordKey, sessionId, direction, counter).encrypt(concatBytes(Uint8Array.of(kind), data)));

export const open = (recordKey, sessionId, direction, counter, record) => {
  if (record.length < 25 || bytesToHex(record.subarray(0, 8)) !== bytesToHex(uint64(counter))) {
    throw new Error('not the next record');
  }

  return cipherOf(recordKey, sessionId, direction, counter).decrypt(record.subarray(8));
};

/** The responder: public key, session id, confirmation and record key. */
export const answer = (seed, slug, cipherText, salt, zeqond) => {
  const { publicKey, secretKey } = ml_kem768.keygen(seed);
  const sessionId = sessionIdOf(publicKey, cipherText, salt);
  const recordKey = recordKeyOf(ml_kem768.decapsulate(cipherText, secretKey), publicKey, cipherText, salt, slug);
  const fingerprint = bytesToHex(sha256(publicKey));
  // The members are in the order of their names, and none needs an escape: canonical JSON.
  const text = JSON.stringify({ fingerprint, session_id: sessionId, slug, zeqond });
  return [publicKey, utf8ToBytes(sessionId), seal(recordKey, sessionId, 'r2i', 0, 0, utf8ToBytes(text)), recordKey];
};

/** The initiator: session id and record key, if the confirmation opens and says what it must. */
export const confirm = (publicKey, cipherText, sharedSecret, salt, slug, confirmation) => {
  const sessionId = sessionIdOf(publicKey, cipherText, salt);
  const recordKey = recordKeyOf(sharedSecret, publicKey, cipherText, salt, slug);
  const plaintext = open(recordKey, sessionId, 'r2i', 0, confirmation);
  const said = JSON.parse(new TextDecoder().decode(plaintext.subarray(1)));
  if (plaintext[0] !== 0 || said.fingerprint !== bytesToHex(sha256(publicKey)) || said.session_id !== sessionId || said.slug !== slug) {
    throw new Error('the confirmation says something else');
  }

  return [utf8ToBytes(sessionId), recordKey];
};

// Another implementation of the algorithms of Zeq.Crypto, for its tests to agree with. A line of JSON in, a line of JSON out:
//   {"call": "mlkem768.encapsulate", "args": ["<hex>", "<hex>"]}  ->  {"result": ["<hex>", "<hex>"]}
// A call that the library refuses gives {"refused": "<why>"}. It ends with its input.
import { createInterface } from 'node:readline';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import * as keyex from './keyex.mjs';

const text = (bytes) => new TextDecoder().decode(bytes);

const kem = (algorithm) => ({
  keygen: (seed) => {
    const { publicKey, secretKey } = algorithm.keygen(seed);
    return [publicKey, secretKey];
  },
  encapsulate: (publicKey, randomness) => {
    const { cipherText, sharedSecret } = algorithm.encapsulate(publicKey, randomness);
    return [cipherText, sharedSecret];
  },
  decapsulate: (cipherText, secretKey) => [algorithm.decapsulate(cipherText, secretKey)],
});

const algorithms = {
  mlkem768: kem(ml_kem768),
  xwing: kem(ml_kem768_x25519),
  x25519: {
    publicKey: (privateKey) => [x25519.getPublicKey(privateKey)],
    agree: (privateKey, peer) => [x25519.getSharedSecret(privateKey, peer)],
  },
  ed25519: {
    publicKey: (seed) => [ed25519.getPublicKey(seed)],
    sign: (message, seed) => [ed25519.sign(message, seed)],
    verify: (signature, message, publicKey) => [Uint8Array.of(ed25519.verify(signature, message, publicKey, { zip215: false }) ? 1 : 0)],
  },
  keyex: {
    answer: (seed, slug, cipherText, salt, zeqond) => keyex.answer(seed, text(slug), cipherText, salt, Number(text(zeqond))),
    confirm: (publicKey, cipherText, sharedSecret, salt, slug, confirmation) => keyex.confirm(publicKey, cipherText, sharedSecret, salt, text(slug), confirmation),
    seal: (recordKey, sessionId, direction, counter, kind, data) => [keyex.seal(recordKey, text(sessionId), text(direction), Number(text(counter)), kind[0], data)],
    open: (recordKey, sessionId, direction, counter, record) => [keyex.open(recordKey, text(sessionId), text(direction), Number(text(counter)), record)],
  },
};

const fromHex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes) => Buffer.from(bytes).toString('hex');

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line);
  const [algorithm, name] = call.split('.');
  const run = algorithms[algorithm][name];
  let answer;
  try {
    answer = { result: run(...args.map(fromHex)).map(toHex) };
  } catch (error) {
    answer = { refused: String(error.message) };
  }

  process.stdout.write(JSON.stringify(answer) + '\n');
}

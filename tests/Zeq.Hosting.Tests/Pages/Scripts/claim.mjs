// Answers what the scripts of the page at /claim answer: a list of calls comes in on stdin as JSON, the list of their results goes out on stdout.

import { webcrypto } from "node:crypto";
import { text } from "node:stream/consumers";

globalThis.crypto ??= webcrypto;

const pages = new URL("../../../../src/Zeq.Hosting/Pages/Claim/", import.meta.url);
const load = (name) => import(new URL(name, pages));
const { argon2id } = await load("argon2id.mjs");
const { blake2b } = await load("blake2b.mjs");
const { isOrigin } = await load("coin.mjs");
const { readFragment } = await load("link.mjs");
const { canBePin } = await load("pin.mjs");
const say = await load("say.mjs");
const { deriveKey, openFile, readHeader } = await load("zeq-file.mjs");

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (array) => Buffer.from(array).toString("hex");

const calls = {
  argon2id: ({ password, salt, secret, data, ...numbers }) => {
    const told = [];
    const key = argon2id({ password: bytes(password), salt: bytes(salt), secret: bytes(secret), data: bytes(data), ...numbers }, (done) => told.push(done));
    return { key: hex(key), rises: told.every((done, i) => done <= 1 && (i === 0 || done >= told[i - 1])) && told.at(-1) === 1 };
  },
  blake2b: ({ message, size }) => hex(blake2b([bytes(message)], size)),
  key: async ({ kdf, cost, pin, salt }) => hex(await deriveKey(kdf, cost, bytes(pin), bytes(salt), () => {})),
  header: ({ file }) => readHeader(bytes(file)),

  // With a key given, none is derived: only whether one would have been is told.
  open: async ({ file, pin, key }) => {
    let runs = 0;
    const derive = (...input) => {
      runs++;
      return key === null ? deriveKey(...input) : bytes(key);
    };
    return { ...await openFile(bytes(file), pin, () => {}, derive), runs };
  },
  fragment: ({ text }) => {
    const link = readFragment(text);
    return { status: link.status, file: link.file === undefined ? null : hex(link.file) };
  },
  pin: ({ text }) => canBePin(text),
  origin: ({ text }) => isOrigin(text),
  sayFile: ({ status }) => say.ofFile(status),
  sayLink: ({ status }) => say.ofLink(status),
  sayRefusal: ({ code }) => say.ofRefusal(code, ""),
};

const results = [];
for (const { call, ...input } of JSON.parse(await text(process.stdin))) {
  results.push(await calls[call](input));
}

process.stdout.write(JSON.stringify(results));

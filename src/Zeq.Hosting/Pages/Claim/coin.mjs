// The coin inside a .ZEQ file, in either of the protocol's two forms (spec 10 §6): compact CBOR, which this project's library writes, or deflated JSON,
// which another's may. What is read is rebuilt member by member, so that nothing else of the file gets any further.

import { CborReader } from "./cbor.mjs";

const MAX_JSON_SIZE_BYTES = 8 * 1024;
const MAX_OPERATORS = 32;
const MAX_VALUE_ZQT = 40;
const COIN_MEMBERS = 6;
const CLAIM_MEMBERS = 11;
const CBOR_COIN = 0xa0 | COIN_MEMBERS; // As the first byte of deflated data it would name a block type that does not exist.

const KIND = "zeq-coin";
const VERSION = 2;
const ALGORITHM = "ed25519";
const CLAIM_KIND = "zeq-envelope/v1";
const CLAIM_JSON_MEMBERS = 13;

/** The coin as the home's redeem takes it, or null where the bytes hold none. */
export async function readCoin(bytes) {
  return bytes[0] === CBOR_COIN ? readCbor(bytes) : readDeflatedJson(bytes);
}

function readCbor(bytes) {
  const cbor = new CborReader(bytes);
  cbor.map(COIN_MEMBERS);
  const isMigrated = cbor.key(1).map(CLAIM_MEMBERS, CLAIM_MEMBERS + 1);
  const claim = {
    kind: CLAIM_KIND,
    token_id: "",
    token_hash: cbor.key(1).hex(32),
    value_zqt: cbor.key(2).integer(),
    free_funded_zqt: cbor.key(3).integer(),
    paid_funded_zqt: cbor.key(4).integer(),
    minted_by: cbor.key(5).text(14),
    home_origin: cbor.key(6).text(267),
    machine: cbor.key(7).text(64),
    minted_zeqond: cbor.key(8).integer(),
    operators: Array.from({ length: cbor.key(9).array(MAX_OPERATORS) }, () => cbor.text(14)),
    result_digest: cbor.key(10).hex(32),
    zeq_proof: cbor.key(11).hex(isMigrated ? 64 : 32),
  };
  if (isMigrated) {
    claim.migrated_from = cbor.key(12).text(372);
  }

  claim.token_id = idOf(claim);
  const nodeSig = cbor.key(2).hex(64), nodePubkey = cbor.key(3).hex(32), spendSeq = cbor.key(4).integer();
  const ticket = cbor.key(5).hex(32), exported = cbor.key(6).integer();
  return cbor.isDone ? coinOf(claim, nodeSig, nodePubkey, spendSeq, ticket, exported) : null;
}

async function readDeflatedJson(bytes) {
  const isZlib = (bytes[0] & 0x0f) === 8 && ((bytes[0] << 8) | bytes[1]) % 31 === 0;
  const text = await inflate(bytes, isZlib ? "deflate" : "deflate-raw");
  let json;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text));
  } catch {
    return null;
  }

  const claim = json?.claim;
  const isCoin = claim !== null && typeof claim === "object" && json.kind === KIND && json.v === VERSION && json.node_sig_alg === ALGORITHM
    && claim.kind === CLAIM_KIND && Object.keys(claim).length === CLAIM_JSON_MEMBERS + ("migrated_from" in claim ? 1 : 0)
    && ["token_id", "token_hash", "value_zqt", "home_origin"].every((name) => json[name] === claim[name]) && claim.token_id === idOf(claim);
  return isCoin ? coinOf(claim, json.node_sig, json.node_pubkey, json.spend_seq, json.bearer_ticket, json.export_zeqond) : null;
}

/** Inflates to at most the longest JSON of a coin; empty where it cannot be. */
async function inflate(bytes, format) {
  const all = new Uint8Array(MAX_JSON_SIZE_BYTES);
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (size + part.value.length > all.length) {
        await reader.cancel();
        return new Uint8Array(0);
      }

      all.set(part.value, size);
      size += part.value.length;
    }
  } catch {
    return new Uint8Array(0);
  }

  return all.subarray(0, size);
}

function coinOf(claim, nodeSig, nodePubkey, spendSeq, ticket, exported) {
  const isWellFormed = isClaim(claim) && isHex(nodeSig, 128) && isHex(nodePubkey, 64) && isInteger(spendSeq) && spendSeq >= 1 && isHex(ticket, 64) && isInteger(exported);
  return isWellFormed ? {
    kind: KIND, v: VERSION, token_id: claim.token_id, token_hash: claim.token_hash, value_zqt: claim.value_zqt, home_origin: claim.home_origin,
    node_sig: nodeSig, node_pubkey: nodePubkey, node_sig_alg: ALGORITHM, claim, spend_seq: spendSeq, bearer_ticket: ticket, export_zeqond: exported,
  } : null;
}

function isClaim(claim) {
  const isMigrated = "migrated_from" in claim;
  const source = isMigrated && typeof claim.migrated_from === "string" ? /^ZT-([a-z0-9-]{1,64})-(0|[1-9][0-9]{0,18})-[0-9a-f]{16}@(.*)$/.exec(claim.migrated_from) : null;
  return isHex(claim.token_hash, 64) && isHex(claim.result_digest, 64) && isHex(claim.zeq_proof, isMigrated ? 128 : 64)
    && [claim.value_zqt, claim.free_funded_zqt, claim.paid_funded_zqt, claim.minted_zeqond].every(isInteger)
    && claim.value_zqt >= 1 && claim.value_zqt <= MAX_VALUE_ZQT
    && matches(claim.minted_by, /^(ZEQ[0-9]{11}|ZEQ-FOUNDATION|ZEQ-SYS)$/) && matches(claim.machine, /^[a-z0-9-]{1,64}$/) && isOrigin(claim.home_origin)
    && Array.isArray(claim.operators) && claim.operators.length <= MAX_OPERATORS && claim.operators.every((name) => matches(name, /^[A-Z]{1,8}[0-9]{1,6}$/))
    && (!isMigrated || (source !== null && BigInt(source[2]) < 2n ** 63n && isOrigin(source[3]) && source[3] !== claim.home_origin && claim.operators.length === 0
      && claim.free_funded_zqt === 0 && claim.paid_funded_zqt === 0 && claim.minted_by === "ZEQ-SYS"));
}

function idOf(claim) {
  return `ZT-${claim.machine}-${claim.minted_zeqond}-${String(claim.token_hash).slice(0, 16)}`;
}

function matches(text, form) {
  return typeof text === "string" && form.test(text);
}

function isHex(text, length) {
  return typeof text === "string" && text.length === length && /^[0-9a-f]*$/.test(text);
}

function isInteger(number) {
  return Number.isSafeInteger(number) && number >= 0;
}

/** Whether a text is an origin in its one spelling: no default port, no path, no other form of a host. */
export function isOrigin(text) {
  const parts = matches(text, /^.{1,267}$/) ? /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?$/.exec(text) : null;
  if (parts === null || Number(parts[3] ?? 1) > 65_535 || parts[3] === (parts[1] === "https" ? "443" : "80") || parts[2].length > 253) {
    return false;
  }

  if (parts[2].startsWith("[")) {
    // An address that ends in an IPv4 address is canonical to some in dots and to some in hex: there the home judges.
    const host = hostOf(text);
    return host === parts[2] || (host !== "" && parts[2].includes("."));
  }

  const labels = parts[2].split(".");
  const last = labels[labels.length - 1];
  return labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
    && (!/^([0-9]+|0x[0-9a-f]*)$/.test(last) || (labels.length === 4 && labels.every((label) => /^(0|[1-9][0-9]{0,2})$/.test(label) && Number(label) < 256)));
}

function hostOf(text) {
  try {
    return new URL(text).hostname;
  } catch {
    return "";
  }
}

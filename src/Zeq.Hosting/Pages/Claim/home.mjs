// The home's API, as far as this page needs it. Nothing of a link, a PIN or a file goes there before Redeem is pressed; then the opened coin does.

const SETTINGS = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };

/** Who this home is, or null. */
export async function readHome() {
  return ask("/api/identity").catch(() => null);
}

/** Where a coin of this home stands, or null. It shows no holder. */
export async function readAuthority(tokenId) {
  return ask(`/api/tally/envelopes/${encodeURIComponent(tokenId)}/authority`).catch(() => null);
}

/** Redeems a coin. The same request key makes a repetition harmless. Throws where there is no answer. */
export async function redeem(coin, apiKey, requestKey) {
  return ask("/api/tally/coins/redeem", {
    method: "POST",
    headers: { "Authorization": `Bearer ${apiKey}`, "Content-Type": "application/json", "Idempotency-Key": requestKey },
    body: JSON.stringify({ coin }),
  });
}

async function ask(path, options = {}) {
  const response = await fetch(path, { ...SETTINGS, ...options });
  const answer = await response.json().catch(() => null);
  return answer !== null && typeof answer === "object" ? answer : { ok: false };
}

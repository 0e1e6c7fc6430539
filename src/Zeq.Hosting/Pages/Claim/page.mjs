// The page at /claim: reads a coin from the address or a file, opens it in a worker, shows it, and redeems it at this home.
// What is secret lives in the variables below, is never stored, and is forgotten when the page is left.

import { readAuthority, readHome, redeem } from "./home.mjs";
import { readFragment } from "./link.mjs";
import * as say from "./say.mjs";
import { MAX_SIZE_BYTES, readHeader } from "./zeq-file.mjs";

const find = (id) => document.getElementById(id);

let file = null; // Uint8Array: the locked coin
let coin = null; // the opened one
let requestKey = ""; // of the redeem, so that pressing twice does nothing twice
let worker = null;
const home = readHome();

start();

function start() {
  const fragment = location.hash;
  forgetAddress();
  if (!isSecureContext) {
    return tell(say.INSECURE);
  }

  if (!crypto.subtle || !globalThis.Worker || !globalThis.DecompressionStream) {
    return tell(say.OLD_BROWSER);
  }

  home.then((card) => {
    find("home").textContent = card?.origin ?? "";
  });
  find("choose").hidden = false;
  find("file").addEventListener("change", () => takeFile(find("file").files[0]));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    find("drop").classList.add("over");
  });
  addEventListener("dragleave", () => find("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").classList.remove("over");
    takeFile(event.dataTransfer?.files[0]);
  });
  addEventListener("hashchange", () => {
    const next = location.hash;
    forgetAddress();
    takeFragment(next);
  });
  addEventListener("pagehide", forget);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  find("unlock-form").addEventListener("submit", open);
  find("cancel").addEventListener("click", cancel);
  find("show").addEventListener("change", () => {
    find("pin").type = find("show").checked ? "text" : "password";
  });
  find("redeem-form").addEventListener("submit", redeemCoin);
  for (const again of document.querySelectorAll(".again")) {
    again.addEventListener("click", () => {
      begin();
      find("file").focus();
    });
  }

  takeFragment(fragment);
}

/** Takes the coin out of the address bar and the history. */
function forgetAddress() {
  if (location.hash !== "" || location.search !== "") {
    history.replaceState(null, "", location.pathname);
  }
}

function forget() {
  cancel();
  [file, coin, requestKey] = [null, null, ""];
  for (const id of ["pin", "key", "file"]) {
    find(id).value = "";
  }
}

function takeFragment(fragment) {
  if (fragment === "" || fragment === "#") {
    return;
  }

  const link = readFragment(fragment);
  if (link.status === "Ok") {
    take(link.file, "The coin came with the link, which is no longer in the address bar.");
  } else {
    begin();
    tell(say.ofLink(link.status));
  }
}

async function takeFile(chosen) {
  if (!chosen) {
    return;
  }

  // One byte more than the longest says enough of a longer one.
  const bytes = new Uint8Array(await chosen.slice(0, MAX_SIZE_BYTES + 1).arrayBuffer());
  take(bytes, chosen.name);
}

/** Begins with another locked coin. */
function take(bytes, name) {
  begin();
  const header = readHeader(bytes);
  if (header.status !== "Ok") {
    find("chosen").textContent = "";
    tell(say.ofFile(header.status));
    return;
  }

  file = bytes;
  find("chosen").textContent = name;
  find("unlock").hidden = false;
  find("pin").focus();
}

function begin() {
  const key = find("key").value;
  forget();
  find("key").value = key;
  find("chosen").textContent = "";
  for (const id of ["unlock", "coin", "done"]) {
    find(id).hidden = true;
  }

  find("choose").hidden = false;
  tell("");
}

function open(event) {
  event.preventDefault();
  if (worker !== null || file === null) {
    return;
  }

  const pin = find("pin").value;
  if (pin === "") {
    tell("Type the PIN first.", "pin");
    return;
  }

  tell("");
  working(true);
  find("progress").removeAttribute("value");
  worker = new Worker("/claim/worker.mjs", { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data.progress !== undefined) {
      find("progress").value = 100 * data.progress;
    } else {
      cancel();
      opened(data);
    }
  });
  worker.addEventListener("error", () => {
    cancel();
    tell(say.ofFile("Failed"), "pin");
  });
  worker.postMessage({ file, pin });
}

function cancel() {
  worker?.terminate();
  worker = null;
  working(false);
}

function working(isWorking) {
  find("working").hidden = find("cancel").hidden = !isWorking;
  find("open").disabled = find("pin").readOnly = isWorking;
}

function opened(result) {
  if (result.status !== "Ok") {
    tell(say.ofFile(result.status), "pin");
    return;
  }

  coin = result.coin;
  requestKey = crypto.randomUUID();
  file = null;
  find("pin").value = "";
  find("choose").hidden = find("unlock").hidden = true;
  find("value").textContent = String(coin.value_zqt);
  find("coin-home").textContent = coin.home_origin;
  find("coin-id").textContent = coin.token_id;
  find("coin-status").textContent = "asking…";
  find("coin").hidden = false;
  find("coin-title").focus();
  showStatus(coin);
}

async function showStatus(shown) {
  const card = await home;
  const isHere = card?.origin === shown.home_origin;
  const authority = isHere ? await readAuthority(shown.token_id) : null;
  if (shown !== coin) {
    return;
  }

  const status = find("coin-status");
  if (!isHere) {
    status.textContent = card?.origin
      ? `issued by another home, which ${card.origin} asks when you redeem`
      : "not known: the home did not answer";
  } else if (authority?.ok) {
    const stands = authority.status === "bearer" && authority.spend_seq === shown.spend_seq;
    status.textContent = stands ? "exported, waits to be redeemed" : "void: redeemed already, or taken back";
  } else {
    status.textContent = authority?.code === "TOKEN_NOT_FOUND" ? "unknown to its home" : "not known: the home did not answer";
  }
}

async function redeemCoin(event) {
  event.preventDefault();
  const apiKey = find("key").value.trim();
  if (coin === null || find("redeem").disabled) {
    return;
  }

  if (!/^[!-~]+$/.test(apiKey)) {
    tell("Type your API key first.", "key");
    return;
  }

  tell("");
  const asked = coin;
  find("redeem").disabled = true;
  let answer = null;
  try {
    answer = await redeem(asked, apiKey, requestKey);
  } catch {
    // No answer: what is told below.
  }

  find("redeem").disabled = false;
  if (asked !== coin) {
    return;
  }

  if (answer?.ok !== true) {
    tell(answer === null ? say.UNREACHABLE : say.ofRefusal(answer.code, answer.error), answer?.code === "UNAUTHORIZED" ? "key" : "redeem");
    showStatus(asked);
    return;
  }

  forget();
  find("coin").hidden = true;
  find("done-title").textContent = `${answer.value_zqt} ZEQ are yours`;
  find("done-id").textContent = answer.token_id;
  find("done").hidden = false;
  find("done-title").focus();
}

/** Says what is wrong, aloud too, and takes the focus back to where it can be put right. */
function tell(sentence, focus) {
  find("problem").textContent = sentence;
  find("problem").hidden = sentence === "";
  for (const id of ["pin", "key"]) {
    find(id).setAttribute("aria-invalid", String(sentence !== "" && id === focus));
  }

  if (focus) {
    find(focus).focus();
    find("problem").scrollIntoView({ block: "nearest" });
  }
}

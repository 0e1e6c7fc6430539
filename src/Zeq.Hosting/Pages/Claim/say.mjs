// What the page says. One kind of fault has one sentence, and each says what to do about it where anything can be done.

const FILE = {
  NotAZeqFile: "This is not a .ZEQ file.",
  UnsupportedVersion: "This coin was locked by a newer version than this page knows. Ask its sender for a file of version 2, or a node that is up to date.",
  Truncated: "This .ZEQ file is cut short: its end is missing. Ask its sender to send it again.",
  TooLarge: "This .ZEQ file is longer than a coin can be.",
  UnsupportedKdf: "This .ZEQ file makes its key in a way that this page does not know.",
  CostOutOfRange: "This .ZEQ file asks for more or less work than is accepted. Nothing was tried.",
  WrongPinOrDamaged: "Wrong PIN, or a damaged file. Nobody can tell which: check the PIN, its upper and lower case too, then ask the sender for the file again.",
  NotACoin: "The PIN is right, but there is no coin inside: whoever made this file made it wrong.",
  NoMemory: "This device has not enough free memory to open the coin. Close other pages, or open it on another device.",
  Failed: "This browser could not open the coin. Try a current version of it, or another one.",
};

const LINK = {
  NotALink: "This address carries no coin. Choose its .ZEQ file instead.",
  UnsupportedVersion: "This link is of a newer version than this page knows.",
  TooLong: "This link is longer than a coin's can be.",
  Damaged: "This link is cut or changed. Ask its sender to send it again, or for the .ZEQ file.",
};

const REFUSALS = {
  UNAUTHORIZED: "This home does not know that API key.",
  FORBIDDEN: "That key may not move coins. Use your account's key: it begins with zeq_ak_.",
  SUPERSEDED: "This copy is void: the coin was redeemed already, or whoever exported it took it back.",
  ALREADY_MIGRATED: "This coin was redeemed already, at another home.",
  TOKEN_NOT_FOUND: "This coin's home does not know it.",
  INVALID_TICKET: "The home did not issue this copy of the coin.",
  INVALID_COIN: "The home did not sign this coin: it is forged or changed.",
  ISSUER_NOT_TRUSTED: "This home does not take coins of the home that issued this one. Redeem it at its own home.",
  ISSUER_LIMIT: "This home holds as many coins of that issuer as its operator allows. Redeem it at its own home, or later.",
  PEER_UNREACHABLE: "The coin's own home did not answer, so it is not certain that the coin is yours yet. Press Redeem again: nothing is done twice.",
  PEER_KEY_CHANGED: "The coin's own home shows another key than before. The operator of this home has to look at that first.",
  OUTCOME_UNKNOWN: "The home could not say whether it worked. Press Redeem again: nothing is done twice.",
  RATE_LIMITED: "Too many tries. Wait a minute, then press Redeem again.",
};

/** What is wrong with a file. */
export const ofFile = (status) => FILE[status] ?? FILE.Failed;

/** What is wrong with a link. */
export const ofLink = (status) => LINK[status] ?? LINK.Damaged;

/** Why a home refused; its own sentence where this page knows none. */
export const ofRefusal = (code, sentence) => REFUSALS[code] ?? (sentence ? `The home refused: ${sentence}` : "The home gave an answer that this page does not understand. Nothing is lost: press Redeem again.");

export const UNREACHABLE = "The home did not answer. Check the network, then press Redeem again: nothing is done twice.";

export const INSECURE = "This page was loaded without encryption, so the browser offers no cryptography here, and anyone on the way could read your key. "
  + "Open it by https, or on the machine of the node itself.";

export const OLD_BROWSER = "This browser lacks what the page needs to open a coin. Use a current version of Firefox, Chrome, Edge or Safari, or the command line: zeq bearer redeem.";

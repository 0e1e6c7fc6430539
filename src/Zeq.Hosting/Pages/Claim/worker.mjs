// Opens one file beside the page, so that the page stays awake meanwhile. It gets {file, pin}, tells {progress}, ends with {status, coin?}.

import { openFile } from "./zeq-file.mjs";

addEventListener("message", async ({ data }) => {
  try {
    postMessage(await openFile(data.file, data.pin, (done) => postMessage({ progress: done })));
  } catch (failure) {
    postMessage({ status: failure instanceof RangeError ? "NoMemory" : "Failed" });
  }
});

// Starts what the scripts add to a page that is complete without them. Each part looks for its own
// elements and does nothing where there are none; one that fails leaves the others alone.

import { checkPage } from "./check.js";
import { offerCopies } from "./copy.js";
import { takeDroppedFiles } from "./drop.js";
import { offerFileHashes } from "./file-hash.js";
import { offerPackChecks } from "./file-pack.js";
import { followLog } from "./live.js";
import { hashPastedTokens } from "./search.js";
import { showLocalTimes } from "./zone.js";

for (const start of [hashPastedTokens, offerCopies, showLocalTimes, offerFileHashes, offerPackChecks, takeDroppedFiles, followLog, checkPage]) {
  Promise.resolve()
    .then(() => start(document))
    .catch((error) => console.error(error));
}

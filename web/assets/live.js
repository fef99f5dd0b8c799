// Follows the log by server-sent events and says, quietly, that there is something newer. The page itself
// is never changed: it speaks of the size that it names, and the reader keeps the place.
//
//   <p data-live data-after="<last index that the page knows>" data-href="<address of the newer page>"
//      [data-job="<id>"] role="status"></p>
//
// With `data-job` only what is the job's is told: a grown log makes the page ask, at most every few seconds,
// for the job's last entry.

import { grouped, make } from "./dom.js";
import { json } from "./fetch.js";

// The server names each event after the entry's kind.
const KINDS = [
  ...["receipt.gateway", "receipt.tool", "receipt.side_effect", "receipt.approval", "token.issued", "token.revoked"],
  ...["policy.published", "policy.withdrawn", "policy.frozen", "bundle", "decision", "job.event", "pulse", "artifact"],
  ...["context", "issuer.registered", "issuer.retired", "erasure.ordered", "hold.placed", "hold.released"],
  ...["log.genesis", "log.settings", "log.key", "log.frozen", "refused", "index.root"],
];
// Neither a reader nor a screen reader is told of every entry of a busy log, nor the server asked.
const TOLD_EVERY_MS = 3000;

export function followLog(root) {
  const place = root.querySelector("[data-live]");
  if (place === null) return;
  const { job } = place.dataset;
  let after = Number(place.dataset.after);
  const known = after;
  const inform = atMostEvery(TOLD_EVERY_MS, () => (job === undefined ? tell(place, after) : askAboutJob(place, job, known)));
  const heard = ({ lastEventId }) => {
    after = Number(lastEventId);
    inform();
  };
  let source = null;
  // Only a page that is looked at holds a connection: browsers open six to a server, for all tabs together.
  const follow = () => {
    source?.close();
    source = null;
    if (document.visibilityState === "hidden") return;
    source = new EventSource(`/v1/events?after_index=${after}`);
    for (const kind of KINDS) source.addEventListener(kind, heard);
    source.addEventListener("open", () => place.setAttribute("data-following", "true"));
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => source?.close());
  // Also for a page that comes back out of the browser's memory.
  addEventListener("pageshow", ({ persisted }) => persisted && follow());
  follow();
}

// One call for any number of them within the time, at its end.
function atMostEvery(ms, action) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      action();
    }, ms);
  };
}

async function askAboutJob(place, job, known) {
  // A busy server is asked again after the next event.
  const answer = await json(`/v1/jobs/${encodeURIComponent(job)}`).catch(() => null);
  const last = answer?.last?.index;
  if (Number.isSafeInteger(last) && last > known) tell(place, last);
}

function tell(place, last) {
  const what =
    place.dataset.job === undefined
      ? `the log has grown to size ${grouped(last + 1)}`
      : `the log has more about this job, up to entry ${grouped(last)}`;
  place.dataset.state = "newer";
  place.replaceChildren(`Newer: ${what}. `, make("a", { href: place.dataset.href ?? location.pathname }, "Show"));
}

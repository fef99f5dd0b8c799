// Follows the log by server-sent events and says, quietly, that there is something newer. The page itself
// is never changed: it speaks of the size that it names, and the reader keeps the place.
//
//   <p data-live data-after="<last index that the page knows>" data-href="<address of the newer page>"
//      [data-job="<id>" data-verdict="<the page's>" data-code="<the page's>"] role="status"></p>
//
// With `data-job` only what is the job's is told: a grown log makes the page ask about it, at most every few seconds.

import { grouped, make, sentence } from "./dom.js";
import { newsOfJob } from "./live-job.js";

// The server names each event after the entry's kind.
const KINDS = [
  ...["receipt.gateway", "receipt.tool", "receipt.side_effect", "receipt.approval", "token.issued", "token.revoked"],
  ...["policy.published", "policy.withdrawn", "policy.frozen", "bundle", "decision", "job.event", "pulse", "artifact"],
  ...["context", "issuer.registered", "issuer.retired", "erasure.ordered", "hold.placed", "hold.released"],
  ...["log.genesis", "log.settings", "log.clock", "log.key", "log.frozen", "refused", "index.root"],
];
// Neither a reader nor a screen reader is told of every entry of a busy log, nor the server asked.
const TOLD_EVERY_MS = 3000;

export function followLog(root) {
  const place = root.querySelector("[data-live]");
  // A guest of a share link sees one job, and the feed tells of all of them.
  if (place === null || document.documentElement.dataset.guest !== undefined) return;
  const known = Number(place.dataset.after);
  let after = known;
  const inform = atMostEvery(TOLD_EVERY_MS, async () => {
    if (place.dataset.job === undefined) return tell(place, [`the log has grown to size ${grouped(after + 1)}`]);
    // A busy server is asked again after the next event.
    const news = await newsOfJob(place.dataset, known, after).catch(() => null);
    if (news === null) return;
    if (news.sentences.length > 0) tell(place, news.sentences, news.changed);
    // The verdict follows the log by a moment.
    if (!news.isSettled) inform();
  });
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

function tell(place, sentences, changed = false) {
  place.dataset.state = changed ? "changed" : "newer";
  const link = make("a", { href: place.dataset.href ?? location.pathname }, "Show");
  // The same address again is this page made anew, and a browser that reloads it keeps the reader's place.
  link.addEventListener("click", (event) => {
    if (link.href !== location.href.split("#")[0] || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.reload();
  });
  place.replaceChildren(`Newer: ${sentence(sentences.join("; "))} `, link);
}

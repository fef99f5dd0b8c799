// What a job's page tells of what came later: more entries of the job, and another verdict. Whatever was logged
// may change it, and not only what names the job: a token is revoked, a policy withdrawn.

import { counted, grouped } from "./dom.js";
import { json } from "./fetch.js";
import { VERDICTS } from "./shown.js";

// `known`: the last index that the page knows; `heard`: the last that the log told of. Answers the sentences to
// tell, none if nothing has changed, whether the verdict is another one, and whether it has regard to all that
// was heard of.
export async function newsOfJob({ job, verdict, code }, known, heard) {
  const { last, known_verdict: now, projected_to: upTo } = await json(`/v1/jobs/${encodeURIComponent(job)}`);
  const sentences = [];
  if (last?.index > known) sentences.push(`the log has more about this job, up to entry ${grouped(last.index)}`);
  const isLater = now?.assessed_at > known + 1;
  const changed = isLater && (now.verdict !== verdict || now.code !== code);
  if (changed) sentences.push(`the verdict on this job as of ${counted(now.assessed_at, "entry", "entries")} is ${VERDICTS[now.verdict] ?? "none"} (${now.code})`);
  return { sentences, changed, isSettled: upTo === undefined || upTo > heard };
}

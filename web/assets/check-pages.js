// What is checked on each kind of page (contract: docs/browser-check.md). Each reads what the page shows,
// fetches the evidence, and answers what the verifier made of it:
//   head     the head that must belong to the log's tree: {size, root, file}. `file`: what has it with the log's signature, as it came (see
//            Failed); none where it is the page's word
//   speaks   size up to which the page speaks of the log; null where it is about one entry
//   heading  where less than the page was checked
//   answers  of a pack, whether it is genuine and what it says, each with its style: [{text, style}]
//   message  the outcome in one sentence
//   isWhole  of a pack, whether it is proved that nothing was left out of it
//   here     what was checked here, and
//   server   what was taken from the server, as lists of sentences
// `errand`: {signal, progress}, as in fetch.js.

import { reach } from "./check-claims.js";
import { counted, grouped } from "./dom.js";
import { TooLong, Unavailable, bytes } from "./fetch.js";
import { Failed, differs, shownEntry, shownHead, shownJob } from "./shown.js";

// A job of ten thousand receipts and more. Verifying takes several times its size in memory, and seconds on a phone.
export const PACK_BYTES_MAX = 64 << 20;
const ENTRY_BYTES_MAX = 4 << 20;

// More than is checked here. `command`: what checks it all the same.
export class TooLarge extends Unavailable {
  constructor(message, command) {
    super(message);
    this.command = command;
  }
}

// Refuses what does not hold, and what holds but says something else than the page. A genuine file that convicts the log's operator says why
// in its message.
function insist({ report, first_line, holds, differences }, file) {
  if (!holds) throw new Failed(report.reason_code, report.authenticity === "genuine" ? report.message : first_line, null, file);
  if (differences.length > 0) throw differs(differences, file);
}

// Genuine or not is one answer, and the verdict another: each has its own colour.
export const STYLES = { PASS: "is-pass", FAIL: "is-fail", INCOMPLETE: "is-incomplete" };

const head = ({ tree_size, root_hash }, file) => ({ size: tree_size, root: root_hash, file });

async function checkJob(verifier, key, section, errand) {
  const shown = shownJob(section);
  const path = `/v1/jobs/${encodeURIComponent(shown.job_id)}/pack?as_of=${shown.as_of}`;
  const pack = await packAt(path, key, errand);
  // What is given to the verifier is gone here. A browser need not hold a blob in the memory of the page.
  const file = { bytes: new Blob([pack]), name: "job.evidence", command: "ledger-verify pack" };
  const check = await verifier.ask("job", pack, key, JSON.stringify(shown));
  insist(check, file);
  const { report } = check;
  const { details } = report;
  const complete = details.completeness.proved;
  return {
    head: head(details, file),
    speaks: reach({ ...details.completeness, as_of: details.as_of }),
    isWhole: complete,
    answers: [
      { text: check.first_line, style: "is-genuine" },
      { text: check.verdict_line, style: STYLES[report.verdict] },
    ],
    message: `the evidence of job ${details.job_id} leads to the same verdict as of ${counted(details.as_of, "entry", "entries")}: ${report.status} (${report.reason_code}). ${report.message}`,
    here: [
      ...(complete ? [details.proved] : []),
      `that ${counted(details.entries, "entry is", "entries are")} in that tree (audit paths)`,
      `the hashes and signatures of ${counted(details.documents, "document", "documents")}, and the roles of their signers`,
      `the verdict and ${counted(details.assessment.checks.length, "check", "checks")}, derived again as of size ${grouped(details.as_of)}; the page shows the same`,
    ],
    server: [
      complete ? details.not_proved : "that the server left nothing out: completeness is not proved",
      "the pictures, tables and banners of this page: only verdict, reason and checks were compared word by word",
    ],
  };
}

async function packAt(path, key, errand) {
  try {
    return await bytes(path, PACK_BYTES_MAX, errand);
  } catch (error) {
    if (!(error instanceof TooLong)) throw error;
    throw new TooLarge(
      `the evidence of this job is too large to check here, more than ${grouped(PACK_BYTES_MAX >> 20)} MiB; ledger-verify checks it`,
      `curl -o job.evidence ${quoted(location.origin + path)}\nledger-verify pack job.evidence --log-key ${quoted(key)}`,
    );
  }
}

// One word of a POSIX shell.
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const ENTRY_CHECKS = {
  inclusion: ({ index }) => `that entry ${grouped(index)} is in that tree (audit path)`,
  evidence_digest: () => "the document's hashes",
  signature: () => "the document's signature",
  subjects: () => "the identifiers under which the entry is found",
  context_subjects: () => "the identifiers in its context",
  roles: () => "the signer's role",
  document: () => "that the page sets out that document, member by member",
};

async function checkEntry(verifier, key, section, errand) {
  const shown = shownEntry(section);
  const [answer, genesis] = await Promise.all(
    [`/v1/entries/${shown.index}`, "/v1/entries/0"].map((path) => bytes(path, ENTRY_BYTES_MAX, errand)),
  );
  const file = { bytes: answer.slice(), name: "entry.json" };
  const check = await verifier.ask("entry", answer, genesis, key, JSON.stringify(shown));
  insist(check, file);
  const { report } = check;
  const { details } = report;
  const checked = [...(details.checked ?? []), ...(check.shows_document ? ["document"] : [])];
  const missing = (what, sentence) => (checked.includes(what) ? [] : [sentence]);
  return {
    head: head(details, file),
    speaks: null,
    message: `entry ${grouped(details.index)}, ${details.kind}: ${report.message}`,
    here: Object.entries(ENTRY_CHECKS)
      .filter(([what]) => checked.includes(what))
      .map(([, sentence]) => sentence(details)),
    server: [
      ...missing("signature", "the document: it is not there to be checked"),
      ...missing("roles", "that the signer had its role when the entry was logged"),
      "what this page says of other entries, and which entries it names",
    ],
  };
}

async function checkLog(_verifier, _key, section) {
  const shown = shownHead(section);
  return {
    head: shown,
    speaks: shown.size,
    heading: "Tree head checked in this browser",
    message: `the tree head of size ${grouped(shown.size)} on this page is one of the log's; the rest of the page is taken from the server, except what is marked as proved`,
    here: [`that the head on this page, of size ${grouped(shown.size)}, is the beginning of that tree`],
    server: ["everything else on this page; the entries and jobs that it names have pages that are checked whole"],
  };
}

// By `data-page`.
export const PAGES = { job: { check: checkJob }, entry: { check: checkEntry }, log: { check: checkLog } };

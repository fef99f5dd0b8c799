// What is checked on each kind of page (contract: docs/browser-check.md). Each reads what the page shows
// from its attributes, fetches the evidence, and answers what the verifier made of it:
//   heads    heads that must belong to the log's tree: [{size, root}]
//   signed   whether those heads stand under the log's signature, or are the page's word
//   message  the outcome in one sentence
//   here     what was checked here, and
//   server   what was taken from the server, as lists of sentences

import { bytes } from "./fetch.js";
import { counted, grouped } from "./dom.js";

const PACK_BYTES_MAX = 256 << 20;
const ENTRY_BYTES_MAX = 4 << 20;

// The page, or the log behind it, does not hold. `notes`: the two signed notes that contradict each other.
export class Failed extends Error {
  constructor(code, message, notes = null) {
    super(message);
    this.code = code;
    this.notes = notes;
  }
}

const differs = ({ what, shown, derived }) => `${what} is shown as ${shown}, and is ${derived}`;

// Refuses what does not hold, and what holds but says something else than the page.
function insist({ report, holds, differences }) {
  if (!holds) throw new Failed(report.reason_code, report.message);
  if (differences.length > 0) {
    throw new Failed("PAGE_DIFFERS", `the page does not show what its evidence leads to: ${differences.map(differs).join("; ")}`);
  }
}

const head = ({ tree_size, root_hash }) => ({ size: tree_size, root: root_hash });

// Attributes that a page may leave out are left out of the question.
const given = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

async function checkJob(verifier, key, { dataset, ownerDocument }) {
  const shown = given({
    job_id: dataset.job ?? "",
    as_of: Number(dataset.asOf),
    verdict: dataset.verdict ?? "",
    root_hash: dataset.root ?? "",
    code: dataset.code,
    assessment_sha256: dataset.assessment,
    checks: Array.from(ownerDocument.querySelectorAll("[data-check][data-check-status]"), (element) =>
      given({ id: element.dataset.check, status: element.dataset.checkStatus, code: element.dataset.checkCode }),
    ),
  });
  const path = `/v1/jobs/${encodeURIComponent(shown.job_id)}/pack?as_of=${shown.as_of}`;
  const pack = await bytes(path, PACK_BYTES_MAX);
  const check = await verifier.ask("job", pack, key, JSON.stringify(shown));
  insist(check);
  const { report } = check;
  const { details } = report;
  return {
    heads: [head(details)],
    signed: true,
    message: `it derives the same verdict, ${report.status} (${report.reason_code}): ${report.message}`,
    here: [
      `that ${counted(details.entries, "entry is", "entries are")} in that tree (audit paths)`,
      `the hashes and signatures of ${counted(details.documents, "document", "documents")}, and the roles of their signers`,
      `the verdict and ${counted(details.assessment.checks.length, "check", "checks")}, derived again as of size ${grouped(details.as_of)}; the page shows the same`,
    ],
    server: ["that the server left nothing out: completeness is not proved"],
  };
}

async function checkEntry(verifier, key, { dataset }) {
  const shown = given({
    index: Number(dataset.index),
    kind: dataset.kind,
    signer: dataset.signer,
    evidence_digest: dataset.evidenceDigest,
    leaf_hash: dataset.leafHash,
  });
  const [answer, genesis] = await Promise.all(
    [`/v1/entries/${shown.index}`, "/v1/entries/0"].map((path) => bytes(path, ENTRY_BYTES_MAX)),
  );
  const check = await verifier.ask("entry", answer, genesis, key, JSON.stringify(shown));
  insist(check);
  const { report } = check;
  const { details } = report;
  const checked = details.checked ?? [];
  const sentences = {
    inclusion: `that entry ${grouped(details.index)} is in that tree (audit path)`,
    evidence_digest: "the document's hashes",
    signature: "the document's signature",
    subjects: "the identifiers under which the entry is found",
    context_subjects: "the identifiers in its context",
    roles: "the signer's role",
  };
  return {
    heads: [head(details)],
    signed: true,
    message: report.message,
    here: Object.keys(sentences)
      .filter((what) => checked.includes(what))
      .map((what) => sentences[what]),
    server: [
      ...(checked.includes("signature") ? [] : ["the document: it is not there to be checked"]),
      ...(checked.includes("roles") ? [] : ["that the signer had its role when the entry was logged"]),
    ],
  };
}

async function checkLog(verifier, key, { dataset }) {
  const shown = { size: Number(dataset.treeSize), root: dataset.root ?? "" };
  return {
    heads: [shown],
    signed: false,
    message: `the tree head of size ${grouped(shown.size)} on this page is one of the log's`,
    here: [`that the head on this page, of size ${grouped(shown.size)}, is the beginning of that tree`],
    server: ["everything else on this page"],
  };
}

// By `data-page`.
export const PAGES = { job: { check: checkJob }, entry: { check: checkEntry }, log: { check: checkLog } };

// schemas/vectors/witness-policy: policies with labels of organizations. What signatures meet a policy is computed from the
// definition in witness-policy.md: some choice of the signers, with at most one of each organization, meets it without labels.
import { createHash } from "node:crypto";
import { signer, writeVectors } from "./common.mjs";

const vkey = (name, seed, type = 4) => {
  const key = Buffer.concat([Buffer.from([type]), signer(seed).key]);
  const id = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${id}+${key.toString("base64")}`;
};
const NAMES = ["w1", "w2", "w3", "w4", "w5", "w6"];
const WITNESSES = NAMES.map((name, at) => `witness ${name} ${vkey(`witness.example/${name}`, at + 1)}\n`).join("");

// Without labels: how many members of a group, or witnesses, are met.
const counted = (policy, party, signed) => {
  const group = policy.groups[party];
  if (!group) return signed.includes(party) ? 1 : 0;
  return group.members.filter((member) => isMet(policy, member, signed)).length;
};
const isMet = (policy, party, signed) => counted(policy, party, signed) >= (policy.groups[party]?.threshold ?? 1);

const organization = (policy, name) => Object.keys(policy.organizations).find((label) => policy.organizations[label].includes(name)) ?? name;
const choices = (policy, signed) =>
  signed.reduce((kept, name) => {
    const clash = (names) => names.some((other) => organization(policy, other) === organization(policy, name));
    return [...kept, ...kept.filter((names) => !clash(names)).map((names) => [...names, name])];
  }, [[]]);

const text = (policy) =>
  WITNESSES +
  Object.entries(policy.organizations).map(([label, names]) => `#organization ${label} ${names.join(" ")}\n`).join("") +
  Object.entries(policy.groups).map(([name, { threshold, members }]) => `group ${name} ${threshold} ${members.join(" ")}\n`).join("") +
  `quorum ${policy.quorum}\n`;

const valid = (description, policy) => {
  const { groups, quorum } = policy;
  const needed = quorum === "none" ? 0 : (groups[quorum]?.threshold ?? 1);
  const named = NAMES.filter((name) => quorum === name || Object.values(groups).some(({ members }) => members.includes(name)));
  const sets = Array.from({ length: 1 << named.length }, (_, set) => named.filter((_, at) => set & (1 << at)));
  const most = (signed) => (quorum === "none" ? 0 : Math.max(...choices(policy, signed).map((names) => counted(policy, quorum, names))));
  const reached = Object.fromEntries(sets.map((signed) => [signed.join(" "), most(signed)]));
  const counts = groups[quorum]?.members.some((member) => groups[member]) ? "members" : "organizations";
  return { description, policy: text(policy), needed, counted: counts, reached };
};
const invalid = (description, line, lines) => ({ description, policy: `${WITNESSES}${lines.map((each) => `${each}\n`).join("")}`, line });
const group = (threshold, ...members) => ({ threshold, members });

writeVectors("witness-policy", {
  "valid/no_labels": valid("each witness is an organization by itself", {
    organizations: {},
    groups: { two: group(2, "w1", "w2", "w3") },
    quorum: "two",
  }),
  "valid/one_group": valid("two witnesses of one organization are 1 of 2", {
    organizations: { alpha: ["w1", "w2"] },
    groups: { two: group(2, "w1", "w2", "w3") },
    quorum: "two",
  }),
  "valid/two_groups": valid("an organization counts in one of the groups that have its witnesses", {
    organizations: { alpha: ["w1", "w4"], beta: ["w2", "w5"] },
    groups: { x: group(2, "w1", "w2", "w3"), y: group(1, "w4", "w5"), z: group(2, "x", "y") },
    quorum: "z",
  }),
  "valid/group_and_witnesses": valid("a group counts as one member", {
    organizations: { alpha: ["w1", "w2", "w4"] },
    groups: { x: group(2, "w1", "w2", "w3"), z: group(2, "x", "w4", "w5") },
    quorum: "z",
  }),
  "valid/one_witness": valid("the quorum is a witness", { organizations: { alpha: ["w1", "w2"] }, groups: {}, quorum: "w1" }),
  "valid/nobody": valid("the quorum is nobody", { organizations: { alpha: ["w1", "w2"] }, groups: {}, quorum: "none" }),

  "invalid/unknown_witness": invalid("a label with a witness that is not there", 7, ["#organization alpha w1 w7", "quorum w1"]),
  "invalid/witness_below": invalid("a label above its witness", 7, [
    "#organization alpha w7",
    `witness w7 ${vkey("witness.example/w7", 7)}`,
    "quorum w7",
  ]),
  "invalid/two_organizations": invalid("a witness in two organizations", 8, ["#organization alpha w1", "#organization beta w1", "quorum w1"]),
  "invalid/organization_twice": invalid("an organization with two lines", 8, ["#organization alpha w1", "#organization alpha w2", "quorum w1"]),
  "invalid/below_group": invalid("a label below a group of its witness", 8, ["group g any w1 w2", "#organization alpha w1", "quorum g"]),
  "invalid/group_in_organization": invalid("a label with a group", 8, ["group g any w1 w2", "#organization alpha g", "quorum g"]),
  "invalid/name_of_witness": invalid("an organization with the name of a witness", 7, ["#organization w1 w2", "quorum w1"]),
  "invalid/misspelt": invalid("a label that is misspelt", 7, ["#organisation alpha w1 w2", "quorum w1"]),
  "invalid/threshold": invalid("a threshold above the number of organizations", 8, [
    "#organization alpha w1 w2",
    "group g 3 w1 w2 w3",
    "quorum g",
  ]),
  "invalid/all": invalid("all members of a group with two witnesses of one organization", 8, [
    "#organization alpha w1 w2",
    "group g all w1 w2 w3",
    "quorum g",
  ]),
  "invalid/quorum": invalid("two groups that need the same organization", 11, [
    "#organization alpha w1 w3",
    "group x any w1",
    "group y any w3",
    "group z all x y",
    "quorum z",
  ]),
  "invalid/key_twice": invalid("a key under two names", 7, [`witness again ${vkey("again.example", 1)}`, "quorum w1"]),
  "invalid/log_as_witness": invalid("a key of a log that is that of a witness", 7, [`log ${vkey("log.example", 1, 1)}`, "quorum w1"]),
  "invalid/key_type": invalid("a witness with a key of an unknown type", 7, [`witness w7 ${vkey("witness.example/w7", 7, 5)}`, "quorum w1"]),
});

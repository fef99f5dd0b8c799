// What a policy of witnesses, which the visitor has pinned, says of the log; and the form that pins one.

import { grouped, make } from "./dom.js";

const SAME_LOG = "that every visitor is shown the same log";

// For the sentence above: nothing without a policy.
export function witnessed({ details: { witnesses, witnessed_size: size } }) {
  if (witnesses === undefined) return [];
  const upTo = ` Witnesses, by the policy that you have pinned: ${witnesses.sentence} (the log up to size ${grouped(size)}).`;
  return [witnesses.quorum_met ? upTo : make("strong", { class: "is-incomplete" }, upTo)];
}

// For the lists below it: what was checked here, and what is taken from the server.
export function witnessSentences({ details: { witnesses, witnessed_size: size } }) {
  if (witnesses === undefined) return { here: [], server: [SAME_LOG] };
  if (!witnesses.quorum_met) return { here: [], server: [`${SAME_LOG}: too few of your witnesses have signed it`] };
  return {
    here: [`the cosignatures of the log up to size ${grouped(size)}, which has been shown to all of these witnesses: ${witnesses.sentence}`],
    server: [`that visitors who do not ask for these witnesses are shown the same log, and that anybody is beyond size ${grouped(size)}`],
  };
}

// A policy is never there to be clicked: it has to be brought from somebody whom the visitor trusts.
export function policyForm(policy, pinPolicy, stored = "kept") {
  const input = make("textarea", { rows: "6", spellcheck: "false", autocomplete: "off" });
  input.value = policy;
  const form = make(
    "form",
    { class: "browser-check-policy" },
    make("label", {}, "Policy of witnesses (C2SP tlog-policy), from somebody whom you trust and not from this server ", input),
    " ",
    make("button", { class: "btn" }, policy === "" ? "Pin this policy" : "Save. An empty field removes the policy"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const brought = input.value.trim();
    pinPolicy(brought === "" ? "" : `${brought}\n`);
  });
  const kept = stored === "refused" ? "Your policy of witnesses, which this browser does not keep" : "The policy of witnesses that this browser keeps";
  const summary = policy === "" ? "Hold the log's witnesses to a policy of yours" : kept;
  return make("details", {}, make("summary", {}, summary), form);
}

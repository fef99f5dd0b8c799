// schemas/vectors/token-valid: the table of token.valid, a vector for each row and for each side of each of its
// inequalities. Written case by case from the text of assessment.md; nothing here computes a verdict.
import { writeVectors } from "./common.mjs";

// Times in ms are chosen as sums, so that a boundary can be read: minute(2) + 1 is 1 ms after the second minute.
const start = 1770854400000;
const second = (n) => start + 1000 * n;
const minute = (n) => second(60 * n);
const epoch = (ms) => ms / 1000;

// What every case has unless it says otherwise: entry 100, signed in minute 10 and logged half a second later, by a
// token that ends in minute 60. The tolerance between clocks is 30 s.
const usual = { index: 100, logged_at_ms: minute(10) + 500, signed_at_ms: minute(10), exp_s: epoch(minute(60)), skew_s: 30, revocations: [] };
const revoked = (index, logged_at_ms, revoked_at_ms) => ({ index, logged_at_ms, revoked_at_s: epoch(revoked_at_ms) });

function vector(description, status, code, { index, logged_at_ms, signed_at_ms, iat_s, exp_s, skew_s, revocations }, decided_by) {
  return {
    description, use: { index, logged_at_ms, signed_at_ms }, issuance: exp_s === null ? null : { ...(iat_s === undefined ? {} : { iat_s }), exp_s }, revocations, clock_skew_s: skew_s,
    status, code, ...(decided_by === undefined ? {} : { revocation_index: decided_by }),
  };
}
const vectors = {};
function add(name, code, status, description, changes = {}, decided_by) {
  vectors[`${status === "pass" ? "valid" : "invalid"}/${name}`] = vector(description, status, code, { ...usual, ...changes }, decided_by);
}
const pass = (name, ...rest) => add(name, "VALID", "pass", ...rest);
const fail = (name, code, ...rest) => add(name, code, "fail", ...rest);
const incomplete = (name, code, ...rest) => add(name, code, "incomplete", ...rest);

// T > L+w: TIMESTAMP_AHEAD.
pass("usual", "an issued token that nobody revoked");
pass("ahead_within_skew", "T = L+w-1", { logged_at_ms: minute(10), signed_at_ms: second(630) - 1 });
pass("ahead_by_skew", "T = L+w", { logged_at_ms: minute(10), signed_at_ms: second(630) });
fail("ahead_beyond_skew", "TIMESTAMP_AHEAD", "T = L+w+1", { logged_at_ms: minute(10), signed_at_ms: second(630) + 1 });
pass("ahead_no_skew", "T = L, w = 0", { logged_at_ms: minute(10), signed_at_ms: minute(10), skew_s: 0 });
fail("ahead_no_skew", "TIMESTAMP_AHEAD", "T = L+1, w = 0", { logged_at_ms: minute(10), signed_at_ms: minute(10) + 1, skew_s: 0 });
pass("logged_very_late", "nothing is said against a use that is logged a year later", { logged_at_ms: minute(525600) });

// i < i': VALID, but T > R+w: REVOCATION_LOGGED_LATE.
pass("before_revocation", "logged and signed before the revocation", { revocations: [revoked(101, minute(11), minute(11))] });
pass("before_revocation_within_skew", "i < i', T = R+w-1", { revocations: [revoked(101, minute(11), second(570))], signed_at_ms: minute(10) - 1 });
pass("before_revocation_by_skew", "i < i', T = R+w", { revocations: [revoked(101, minute(11), second(570))] });
incomplete("before_revocation_beyond_skew", "REVOCATION_LOGGED_LATE", "i < i', T = R+w+1", { revocations: [revoked(101, minute(11), second(570))], signed_at_ms: minute(10) + 1 }, 101);
pass("before_revocation_no_skew", "i < i', T = R, w = 0", { revocations: [revoked(101, minute(11), minute(10))], skew_s: 0 });
incomplete("before_revocation_no_skew", "REVOCATION_LOGGED_LATE", "i < i', T = R+1, w = 0", { revocations: [revoked(101, minute(11), minute(10))], signed_at_ms: minute(10) + 1, skew_s: 0 }, 101);
pass("before_revocation_in_one_batch", "i < i' with L = L' = R", { logged_at_ms: minute(10), revocations: [revoked(101, minute(10), minute(10))] });
pass("before_revocation_in_the_future", "i < i', R after L'", { revocations: [revoked(101, minute(11), second(690))] });

// i > i': T > L'+w: REVOKED_BEFORE_USE; else LATE_SUBMISSION.
const after = (logged_at_ms, more = {}) => ({ index: 102, revocations: [revoked(101, logged_at_ms, minute(5))], ...more });
incomplete("after_revocation_within_skew", "LATE_SUBMISSION", "i > i', T = L'+w-1", after(second(570), { signed_at_ms: minute(10) - 1 }), 101);
incomplete("after_revocation_by_skew", "LATE_SUBMISSION", "i > i', T = L'+w", after(second(570)), 101);
fail("after_revocation_beyond_skew", "REVOKED_BEFORE_USE", "i > i', T = L'+w+1", after(second(570), { signed_at_ms: minute(10) + 1 }), 101);
incomplete("after_revocation_no_skew", "LATE_SUBMISSION", "i > i', T = L', w = 0", after(minute(10), { skew_s: 0 }), 101);
fail("after_revocation_no_skew_beyond", "REVOKED_BEFORE_USE", "i > i', T = L'+1, w = 0", after(minute(10), { signed_at_ms: minute(10) + 1, skew_s: 0 }), 101);
incomplete("after_revocation_in_one_batch", "LATE_SUBMISSION", "i > i' with L = L'", after(minute(10), { logged_at_ms: minute(10) }), 101);
incomplete("after_revocation_signed_long_before", "LATE_SUBMISSION", "a time before the revocation helps nobody who logs after it", after(minute(10), { logged_at_ms: minute(11), signed_at_ms: second(1) }), 101);
incomplete("after_revocation_stated_later", "LATE_SUBMISSION", "i > i': R does not count, only L'", { index: 102, revocations: [revoked(101, minute(10), second(610))] }, 101);
incomplete("after_revocation_stated_earlier", "LATE_SUBMISSION", "i > i', T > R+w but T = L'+w: R does not count", { index: 102, revocations: [revoked(101, second(570), minute(1))] }, 101);

// T > exp+w: EXPIRED; within w of exp, both ends included: EXPIRY_WITHIN_SKEW.
const ends = (exp_ms, more = {}) => ({ exp_s: epoch(exp_ms), ...more });
pass("end_after_skew", "T = exp-w-1", ends(second(630), { signed_at_ms: minute(10) - 1 }));
incomplete("end_by_skew", "EXPIRY_WITHIN_SKEW", "T = exp-w", ends(second(630)));
incomplete("end_within_skew_before", "EXPIRY_WITHIN_SKEW", "T = exp-w+1", ends(second(630), { signed_at_ms: minute(10) + 1 }));
incomplete("end_now", "EXPIRY_WITHIN_SKEW", "T = exp", ends(minute(10)));
incomplete("end_within_skew_after", "EXPIRY_WITHIN_SKEW", "T = exp+w-1", ends(second(570), { signed_at_ms: minute(10) - 1 }));
incomplete("end_before_by_skew", "EXPIRY_WITHIN_SKEW", "T = exp+w", ends(second(570)));
fail("end_before_skew", "EXPIRED", "T = exp+w+1", ends(second(570), { signed_at_ms: minute(10) + 1 }));
pass("end_no_skew", "T = exp-1, w = 0", ends(minute(10), { signed_at_ms: minute(10) - 1, skew_s: 0 }));
incomplete("end_no_skew", "EXPIRY_WITHIN_SKEW", "T = exp, w = 0", ends(minute(10), { skew_s: 0 }));
fail("end_no_skew_beyond", "EXPIRED", "T = exp+1, w = 0", ends(minute(10), { signed_at_ms: minute(10) + 1, skew_s: 0 }));
pass("end_far", "the largest exp that JSON can say exactly", { exp_s: Number.MAX_SAFE_INTEGER });
fail("end_at_epoch", "EXPIRED", "exp = 0", { exp_s: 0 });
incomplete("end_at_epoch_signed_at_epoch", "EXPIRY_WITHIN_SKEW", "exp-w lies before the epoch", { exp_s: 10, signed_at_ms: 0 });
pass("skew_largest", "w = 3600, the largest that a log may have", { skew_s: 3600, exp_s: epoch(minute(70)) + 1 });
incomplete("skew_largest", "EXPIRY_WITHIN_SKEW", "w = 3600, T = exp-w", { skew_s: 3600, exp_s: epoch(minute(70)) });

// T+w < iat: NOT_YET_VALID. Cases without iat_s say nothing of it.
const begins = (iat_ms, more = {}) => ({ iat_s: epoch(iat_ms), ...more });
pass("begin_before", "T after iat", begins(minute(9)));
pass("begin_now", "T = iat", begins(minute(10)));
pass("begin_within_skew", "T+w = iat+1", begins(second(630), { signed_at_ms: minute(10) + 1 }));
pass("begin_by_skew", "T+w = iat", begins(second(630)));
fail("begin_beyond_skew", "NOT_YET_VALID", "T+w = iat-1", begins(second(630), { signed_at_ms: minute(10) - 1 }));
pass("begin_no_skew", "T = iat, w = 0", begins(minute(10), { skew_s: 0 }));
fail("begin_no_skew", "NOT_YET_VALID", "T = iat-1, w = 0", begins(minute(10), { signed_at_ms: minute(10) - 1, skew_s: 0 }));
fail("begin_days_after", "NOT_YET_VALID", "signed 400 days before iat", begins(minute(9), { signed_at_ms: minute(9) - 400 * 86400000 }));
fail("begin_signed_at_epoch", "NOT_YET_VALID", "T = 0", begins(minute(9), { signed_at_ms: 0 }));
fail("begin_and_revoked", "NOT_YET_VALID", "LATE_SUBMISSION does not hide it", { index: 102, revocations: [revoked(101, minute(10), minute(5))], ...begins(minute(12)) });
fail("begin_and_logged_late", "NOT_YET_VALID", "REVOCATION_LOGGED_LATE does not hide it", begins(minute(12), { revocations: [revoked(101, minute(11), minute(9))] }));
fail("begin_and_ahead", "TIMESTAMP_AHEAD", "the table's order", begins(minute(12), { logged_at_ms: minute(8) }));
fail("begin_and_expired", "EXPIRED", "a token that ends before it begins", begins(minute(12), { exp_s: epoch(minute(5)) }));
fail("begin_near_end", "NOT_YET_VALID", "EXPIRY_WITHIN_SKEW does not hide it", begins(minute(12), { exp_s: epoch(minute(10)) }));

// No issuance: UNKNOWN_TOKEN.
fail("no_issuance", "UNKNOWN_TOKEN", "nobody issued the token in this log", { exp_s: null });

// Several revocations: none makes up for another.
fail("two_revocations_first_decides", "REVOKED_BEFORE_USE", "after both; T > L'+w for the first only",
  { index: 103, revocations: [revoked(101, second(569), second(569)), revoked(102, second(590), second(590))] }, 101);
fail("two_revocations_in_any_order", "REVOKED_BEFORE_USE", "the same, told in the other order",
  { index: 103, revocations: [revoked(102, second(590), second(590)), revoked(101, second(569), second(569))] }, 101);
incomplete("two_revocations_around", "LATE_SUBMISSION", "after one and before the other, which both agree with",
  { index: 102, revocations: [revoked(101, second(590), second(590)), revoked(103, minute(11), minute(11))] }, 101);
incomplete("two_revocations_later_states_earlier", "REVOCATION_LOGGED_LATE", "before both; T > R+w for the second only",
  { revocations: [revoked(101, minute(11), minute(11)), revoked(102, minute(12), minute(9))] }, 102);
incomplete("two_revocations_both_incomplete", "REVOCATION_LOGGED_LATE", "LATE_SUBMISSION against one, REVOCATION_LOGGED_LATE against the other: the first in the table",
  { index: 102, revocations: [revoked(101, second(590), second(590)), revoked(103, minute(11), minute(9))] }, 103);
fail("two_revocations_failure_wins", "REVOKED_BEFORE_USE", "REVOCATION_LOGGED_LATE against the later one does not hide it",
  { index: 102, revocations: [revoked(101, minute(9), minute(9)), revoked(103, minute(11), minute(9))] }, 101);
pass("many_revocations_later", "all later, none states a time before the use", { revocations: [revoked(300, minute(30), minute(30)), revoked(200, minute(20), minute(20)), revoked(250, minute(25), minute(25))] });

// Several rows at once: what fails before what is incomplete, then the table's order.
fail("ahead_and_expired", "TIMESTAMP_AHEAD", "T > L+w and T > exp+w", ends(minute(5), { logged_at_ms: minute(8) }));
fail("ahead_and_no_issuance", "TIMESTAMP_AHEAD", "T > L+w without an issuance", { exp_s: null, logged_at_ms: minute(8) });
fail("ahead_and_revoked", "TIMESTAMP_AHEAD", "T > L+w and T > L'+w", after(minute(7), { logged_at_ms: minute(8) }));
fail("revoked_and_expired", "REVOKED_BEFORE_USE", "T > L'+w and T > exp+w", after(minute(5), ends(minute(8))), 101);
fail("revoked_and_no_issuance", "REVOKED_BEFORE_USE", "a revocation of a token that nobody issued here", after(minute(5), { exp_s: null }), 101);
fail("late_and_expired", "EXPIRED", "LATE_SUBMISSION does not hide it", after(minute(10), ends(minute(5))));
fail("late_and_no_issuance", "UNKNOWN_TOKEN", "LATE_SUBMISSION does not hide it", after(minute(10), { exp_s: null }));
fail("logged_late_and_expired", "EXPIRED", "REVOCATION_LOGGED_LATE does not hide it", ends(minute(9), { revocations: [revoked(101, minute(11), minute(9))] }));
incomplete("logged_late_and_near_end", "REVOCATION_LOGGED_LATE", "the table's order", ends(minute(10), { revocations: [revoked(101, minute(11), minute(9))] }), 101);
incomplete("late_and_near_end", "LATE_SUBMISSION", "the table's order", after(minute(10), ends(minute(10))), 101);

writeVectors("token-valid", vectors);

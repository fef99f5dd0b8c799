//! The query of the list of jobs: the address is the question.

use ledger_query::projection::{JobFilter, JobState};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::text::hash::HashForm;

use crate::error::PageError;
use crate::export::Format;
use crate::faults::FormFaults;
use crate::pages::filters::FilterForm;
use crate::request::{did, hash, place};
use crate::text::SEGMENT;

/// As it stands in the address, and in the fields of the form, which sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JobsPageQuery {
    cursor: String,
    as_of: Option<u64>,
    pub(super) verdict: String,
    pub(super) agent: String,
    pub(super) policy: String,
    pub(super) token: String,
    pub(super) model: String,
    pub(super) tool: String,
    pub(super) person: String,
    pub(super) code: String,
    pub(super) from: String,
    pub(super) to: String,
    format: String,
}

impl FilterForm for JobsPageQuery {
    const FIELDS: &'static [&'static str] = &[
        "verdict", "agent", "policy", "token", "model", "tool", "person", "code", "from", "to",
    ];
}

impl JobsPageQuery {
    /// As it is meant. Ids and names keep the spaces around them: they are others with them.
    pub(super) fn trimmed(mut self) -> Self {
        let trimmed = [
            &mut self.verdict,
            &mut self.policy,
            &mut self.token,
            &mut self.code,
        ];
        for text in trimmed.into_iter().chain([&mut self.from, &mut self.to]) {
            *text = text.trim().to_owned();
        }
        self
    }

    /// What the list is exported as; `None` where the page is asked for.
    pub(super) fn format(&self) -> Result<Option<Format>, PageError> {
        Format::read(&self.format)
    }

    /// The size that the list is pinned to, if any, and where the page begins.
    pub(super) fn place(&self) -> Result<(Option<TreeSize>, Option<LeafIndex>), PageError> {
        place(&self.cursor, self.as_of)
    }

    /// The filter, and the fields that are wrong, added to `faults`; with any, the filter is not the one that was
    /// meant.
    pub(super) fn filter(&self, mut faults: FormFaults) -> Result<(JobFilter, FormFaults), PageError> {
        let verdict = given(&self.verdict).map(|text| {
            JobState::parse(text).ok_or(PageError::Malformed {
                what: "verdict",
                expected: "PASS, FAIL, RUNNING or INCOMPLETE",
            })
        });
        let own = |text: &str| given(text).map(str::to_owned);
        let verdict = faults.check("verdict", verdict.transpose())?;
        let agent = given(&self.agent).map(|agent| did("agent", agent));
        faults.check("agent", agent.transpose())?;
        let policy = given(&self.policy).map(|text| hash("policy", text, HashForm::Base64url));
        let policy = faults.check("policy", policy.transpose())?;
        let token = given(&self.token).map(|text| hash("token", text, HashForm::Hex));
        let token = faults.check("token", token.transpose())?;
        let from = faults.check("from", crate::request::moment(&self.from, "T00:00:00Z"))?;
        let to = faults.check("to", crate::request::moment(&self.to, "T23:59:59.999Z"))?;
        let filter = JobFilter {
            state: verdict.flatten(),
            agent: own(&self.agent),
            policy: policy.flatten(),
            token: token.flatten(),
            model: own(&self.model),
            tool: own(&self.tool),
            person: own(&self.person),
            code: own(&self.code),
            active_from: from.flatten(),
            active_to: to.flatten(),
        };
        Ok((filter, faults))
    }

    /// The address of a list of these, with whatever comes after.
    pub(super) fn href(&self, extra: &[(&str, String)]) -> String {
        // Every field is named, so that the compiler asks for a new one here: without it the next page would drop the filter.
        let Self {
            cursor: _,
            as_of: _,
            verdict,
            agent,
            policy,
            token,
            model,
            tool,
            person,
            code,
            from,
            to,
            format: _,
        } = self;
        let own = [
            ("verdict", verdict),
            ("agent", agent),
            ("policy", policy),
            ("token", token),
            ("model", model),
            ("tool", tool),
            ("person", person),
            ("code", code),
            ("from", from),
            ("to", to),
        ];
        let all = own
            .into_iter()
            .chain(extra.iter().map(|(name, value)| (*name, value)));
        let pairs: Vec<String> = all
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, SEGMENT)))
            .collect();
        if pairs.is_empty() {
            return "/jobs".to_owned();
        }
        format!("/jobs?{}", pairs.join("&"))
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

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

/// As it stands in the address. A form sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobsPageQuery {
    cursor: Option<String>,
    as_of: Option<u64>,
    verdict: Option<String>,
    agent: Option<String>,
    policy: Option<String>,
    token: Option<String>,
    model: Option<String>,
    tool: Option<String>,
    person: Option<String>,
    code: Option<String>,
    from: Option<String>,
    to: Option<String>,
    format: Option<String>,
}

/// The fields of the form, as they were filled in. Ids and names keep the spaces around them: they are others with
/// them.
#[derive(Clone, Debug, Default)]
pub(super) struct JobFields {
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
}

impl FilterForm for JobsPageQuery {
    const FIELDS: &'static [&'static str] = &[
        "verdict", "agent", "policy", "token", "model", "tool", "person", "code", "from", "to",
    ];
}

impl JobsPageQuery {
    pub(super) fn fields(&self) -> JobFields {
        JobFields {
            verdict: filled(self.verdict.as_deref()),
            agent: self.agent.clone().unwrap_or_default(),
            policy: filled(self.policy.as_deref()),
            token: filled(self.token.as_deref()),
            model: self.model.clone().unwrap_or_default(),
            tool: self.tool.clone().unwrap_or_default(),
            person: self.person.clone().unwrap_or_default(),
            code: filled(self.code.as_deref()),
            from: filled(self.from.as_deref()),
            to: filled(self.to.as_deref()),
        }
    }

    /// What the list is exported as; `None` where the page is asked for.
    pub(super) fn format(&self) -> Result<Option<Format>, PageError> {
        Format::read(self.format.as_deref())
    }

    /// The size that the list is pinned to, if any, and where the page begins.
    pub(super) fn place(&self) -> Result<(Option<TreeSize>, Option<LeafIndex>), PageError> {
        place(self.cursor.as_deref(), self.as_of)
    }
}

impl JobFields {
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
        let own = [
            ("verdict", &self.verdict),
            ("agent", &self.agent),
            ("policy", &self.policy),
            ("token", &self.token),
            ("model", &self.model),
            ("tool", &self.tool),
            ("person", &self.person),
            ("code", &self.code),
            ("from", &self.from),
            ("to", &self.to),
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

fn filled(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().to_owned()
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

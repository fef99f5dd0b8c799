//! The query of the list of jobs: the address is the question.

use ledger::projection::{JobFilter, Verdict};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::rfc3339;
use verifier::text::hash::HashForm;

use crate::error::PageError;
use crate::request::{did, hash};
use crate::text::SEGMENT;

/// As it stands in the address. A form sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobsQuery {
    cursor: Option<String>,
    as_of: Option<u64>,
    verdict: Option<String>,
    agent: Option<String>,
    policy: Option<String>,
    token: Option<String>,
    model: Option<String>,
    from: Option<String>,
    to: Option<String>,
    format: Option<String>,
}

/// What a list is downloaded as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Page,
    NdJson,
    Csv,
}

/// The fields of the form, as they were filled in. Ids and names keep the spaces around them: they are others with
/// them.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) verdict: String,
    pub(super) agent: String,
    pub(super) policy: String,
    pub(super) token: String,
    pub(super) model: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl JobsQuery {
    pub(super) fn fields(&self) -> Fields {
        Fields {
            verdict: filled(self.verdict.as_deref()),
            agent: self.agent.clone().unwrap_or_default(),
            policy: filled(self.policy.as_deref()),
            token: filled(self.token.as_deref()),
            model: self.model.clone().unwrap_or_default(),
            from: filled(self.from.as_deref()),
            to: filled(self.to.as_deref()),
        }
    }

    pub(super) fn format(&self) -> Result<Format, PageError> {
        match filled(self.format.as_deref()).as_str() {
            "" => Ok(Format::Page),
            "ndjson" => Ok(Format::NdJson),
            "csv" => Ok(Format::Csv),
            _ => Err(PageError::Malformed {
                what: "format",
                expected: "ndjson or csv",
            }),
        }
    }

    /// The size that the list is pinned to, if any, and where the page begins.
    pub(super) fn place(&self) -> Result<(Option<TreeSize>, Option<LeafIndex>), PageError> {
        let cursor = filled(self.cursor.as_deref());
        if cursor.is_empty() {
            return Ok((self.as_of.map(TreeSize::new), None));
        }
        let numbers = cursor
            .split_once('.')
            .and_then(|(size, index)| Some((size.parse().ok()?, index.parse().ok()?)));
        let (size, index) = numbers.ok_or(PageError::Malformed {
            what: "cursor",
            expected: "one that this server gave",
        })?;
        Ok((Some(TreeSize::new(size)), Some(LeafIndex::new(index))))
    }
}

impl Fields {
    pub(super) fn filter(&self) -> Result<JobFilter, PageError> {
        let verdict = given(&self.verdict).map(|text| {
            Verdict::parse(text).ok_or(PageError::Malformed {
                what: "verdict",
                expected: "PASS, FAIL or INCOMPLETE",
            })
        });
        let own = |text: &str| given(text).map(str::to_owned);
        if let Some(agent) = given(&self.agent) {
            did("agent", agent)?;
        }
        let policy = given(&self.policy).map(|text| hash("policy", text, HashForm::Base64url));
        let token = given(&self.token).map(|text| hash("token", text, HashForm::Hex));
        Ok(JobFilter {
            verdict: verdict.transpose()?,
            agent: own(&self.agent),
            policy: policy.transpose()?,
            token: token.transpose()?,
            model: own(&self.model),
            active_from: moment(&self.from, "T00:00:00Z")?,
            active_to: moment(&self.to, "T23:59:59.999Z")?,
        })
    }

    /// The address of a list of these, with whatever comes after.
    pub(super) fn href(&self, extra: &[(&str, String)]) -> String {
        let own = [
            ("verdict", &self.verdict),
            ("agent", &self.agent),
            ("policy", &self.policy),
            ("token", &self.token),
            ("model", &self.model),
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

/// RFC 3339, or a day in UTC, of which `rest` says the moment.
fn moment(text: &str, rest: &str) -> Result<Option<TimestampMs>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    // A plus sign in a query is a space.
    let text = text.replace(' ', "+");
    let time = rfc3339::parse(&text).or_else(|| rfc3339::parse(&format!("{text}{rest}")));
    time.map(Some).ok_or(PageError::Malformed {
        what: "time",
        expected: "a day such as 2026-02-11, or RFC 3339",
    })
}

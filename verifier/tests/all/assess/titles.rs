//! The titles of checks.

use std::collections::BTreeSet;

use verifier::assess::{CheckId, CheckStatus, title};

use super::scenario::{passing_job, same};

const LIST: &str = "sentinel.api:incidents.list";

#[test]
fn every_check_has_titles_of_its_own_for_each_way_to_end() {
    let ends = [
        CheckStatus::Pass,
        CheckStatus::Fail,
        CheckStatus::Incomplete,
        CheckStatus::NotApplicable,
    ];
    for status in ends {
        let titles: BTreeSet<&str> = CheckId::ALL.iter().map(|id| title(*id, status, "")).collect();
        assert_eq!(titles.len(), CheckId::ALL.len(), "{status:?}: {titles:?}");
    }
    for id in CheckId::ALL {
        let of_check = ends.map(|status| title(*id, status, ""));
        assert_eq!(BTreeSet::from(of_check).len(), ends.len(), "{of_check:?}");
        assert_eq!(title(*id, CheckStatus::NotApplicable, ""), id.subject());
    }
}

#[test]
fn a_failed_check_is_titled_by_what_it_found() {
    let mut job = passing_job();
    let passed = job.assess();
    let title_of = |assessment: &verifier::assess::Assessment, id| {
        let check = assessment.checks.iter().find(|check| check.id == id);
        check.map(verifier::assess::Check::title)
    };
    let valid = Some("Token valid whenever it was used");
    assert_eq!(title_of(&passed, CheckId::TokenValid), valid);
    job.revoke(same);
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    let failed = job.assess();
    assert_eq!(
        failed.decisive().map(verifier::assess::Check::title),
        Some("Token used after revocation")
    );
    let late = title(CheckId::TokenValid, CheckStatus::Fail, "EXPIRED");
    assert_eq!(late, "Token used after it expired");
}

#[test]
fn the_codes_of_a_check_are_those_of_the_normative_table_and_each_has_a_guide() {
    let text = include_str!("../../../../schemas/assessment.md");
    let (_, table) = text.split_once("## Checks").unwrap();
    let (table, _) = table.split_once("**Streams.**").unwrap();
    let mut of_check: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut id = "";
    for row in table.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if cells[1].starts_with('`') {
            id = cells[1].trim_matches('`');
        }
        let codes = cells[2].split('`').filter(|code| is_code(code));
        of_check.extend(codes.map(|code| (id, code)));
    }
    // Named in the row's last column.
    let more = [
        (CheckId::PolicyRequirements, "SANDBOX_CONTRADICTED"),
        (CheckId::PolicyRequirements, "TOOLS_PROFILE_CONTRADICTED"),
    ];
    of_check.extend(more.map(|(id, code)| (id.as_str(), code)));
    let listed = CheckId::ALL
        .iter()
        .flat_map(|id| id.codes().iter().map(|code| (id.as_str(), *code)));
    assert_eq!(listed.collect::<BTreeSet<_>>(), of_check);
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    for code in words.filter(|word| word.contains('_') && is_code(word)) {
        assert!(verifier::code::guide_to(code).is_some(), "{code}");
    }
}

fn is_code(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && text.len() > 3
}

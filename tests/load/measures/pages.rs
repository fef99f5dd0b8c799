//! What pages cost.

use harness::HarnessError;
use harness::weight::PageWeight;

use super::lookups::{usual_job, usual_jobs};
use super::verdicts::large_job;
use crate::plan::Plan;
use crate::report;
use crate::world::{World, at, views_of};

/// Views of a page that shows ten thousand receipts.
const LARGE_VIEWS: u64 = 10;

/// The pages that everybody opens.
pub(crate) fn usual(world: &World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let job = usual_job(usual_jobs(world) / 2);
    for (page, path) in [
        ("home", "/".to_owned()),
        ("log", "/log".to_owned()),
        ("jobs", "/jobs".to_owned()),
        ("jobs_of_a_verdict", "/jobs?verdict=FAIL".to_owned()),
        ("jobs_of_a_token", format!("/jobs?token={}", job.token_hash)),
        ("alarms", "/alarms".to_owned()),
        ("search_of_nothing", "/search?q=nothing-of-that-name".to_owned()),
        ("job", format!("/jobs/{}", job.id)),
    ] {
        let all = views_of(world.client(), &path, plan.views)?;
        report::latencies(&format!("page_{page}{}", at(size)), all);
    }
    Ok(())
}

/// The page and the pack of a job of ten thousand receipts, and what a first visit transfers.
pub(crate) fn large(world: &World, size: u64) -> Result<(), HarnessError> {
    let page = format!("/jobs/{}", large_job().id);
    for (figure, path) in [
        ("page_of_10000_receipts", page.clone()),
        ("pack_of_10000_receipts", format!("/v1{page}/pack")),
    ] {
        let all = views_of(world.client(), &path, LARGE_VIEWS)?;
        report::latencies(&format!("{figure}{}", at(size)), all);
    }
    for (figure, path) in [("visit_home", "/"), ("visit_job_of_10000_receipts", &page)] {
        let visit = PageWeight::pay(world.client(), path)?;
        report::bytes(&format!("{figure}_transferred"), visit.total());
        report::bytes(&format!("{figure}_page"), visit.page);
    }
    Ok(())
}

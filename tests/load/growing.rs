//! What a job costs whose receipts arrive one by one, while the list of verdicts follows.

use crate::jobs::LoadJob;
use crate::pages::verdicts_known;
use crate::report;
use harness::HarnessError;
use harness::client::Client;
use kit::cast::Cast;
use kit::server::Server;

/// Number of the job: no other part of the bench has it.
const NUMBER: u32 = 900_000;
/// Receipts of the job.
const RECEIPTS: u32 = 10_000;
/// Receipts over which the processor time is measured: the first of the job, and its last.
const SPAN: usize = 1_000;

pub(crate) fn run(client: &Client, server: &Server, cast: &Cast) -> Result<(), HarnessError> {
    let job = LoadJob::new(NUMBER, RECEIPTS);
    for document in job.beginning(cast)? {
        client.submit(&document)?;
    }
    let calls = job.calls(cast)?;
    let last = calls.len().saturating_sub(SPAN);
    for (number, calls) in calls.chunks(SPAN).enumerate() {
        let before = server.cpu_time();
        for call in calls {
            let answer = client.submit(call)?;
            if answer.status != 201 {
                return Err(HarnessError::unexpected("status 201", answer.text()));
            }
        }
        verdicts_known(client)?;
        let begin = number.saturating_mul(SPAN);
        if begin == 0 || begin == last {
            let spent = server.cpu_time().saturating_sub(before);
            let size = begin.saturating_add(SPAN);
            report::figure(
                &format!("job_one_by_one_at_{size}"),
                spent.as_secs_f64(),
                "CPU-s/1000 receipts",
            );
        }
    }
    Ok(())
}

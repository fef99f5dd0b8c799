//! `submit`: evidence from files to a log, until every document is acknowledged.
//!
//! With a spool, everything read is first made durable there, then sent, and removed only once the log has
//! acknowledged it; so neither an outage nor a restart of either side loses anything, and running the command
//! again finishes the work. What the log refuses for good moves to `refused/` in the spool, with the reason. Numbers in
//! streams are kept in `streams/` in the spool, so that none is given twice.

mod counter;
mod input;
mod send;
mod spool;

use crate::args::SubmitArgs;
use crate::client::{Client, ClientError};
use counter::{Counter, CounterError};
use indicatif::{ProgressBar, ProgressStyle};
use input::{Input, InputError};
use send::{BATCH_BYTES_MAX, BATCH_LINES_MAX, Sender, Verdict};
use spool::{Spool, SpoolError};
use std::time::Duration;
use verifier::text::shown;

/// Why not everything is logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmitError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("stream: {0}")]
    Counter(#[from] CounterError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{refused} of {total} documents were refused")]
    SomeRefused { refused: u64, total: u64 },
}

/// A body to be sent, and how to name it to people.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
}

/// What became of the documents so far.
#[derive(Debug, Default)]
struct Tally {
    logged: u64,
    refused: u64,
}

/// Sends everything, and everything spooled before.
pub(crate) fn run(args: &SubmitArgs) -> Result<(), SubmitError> {
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    let sender = Sender::new(client, Duration::from_secs(args.retry_for));
    let bar = progress();
    let mut tally = Tally::default();
    match &args.spool {
        Some(dir) => {
            let spool = Spool::open(dir)?;
            let stream = args.stream.as_deref();
            let counter = stream
                .map(|stream| Counter::open(&spool.streams(), stream))
                .transpose()?;
            let input = Input::open(args, counter);
            through_spool(&spool, input, &sender, &bar, &mut tally)?;
        }
        None => directly(Input::open(args, None), &sender, &bar, &mut tally)?,
    }
    bar.finish_and_clear();
    println!("{} logged, {} refused", tally.logged, tally.refused);
    if tally.refused > 0 {
        let total = tally.logged.saturating_add(tally.refused);
        return Err(SubmitError::SomeRefused {
            refused: tally.refused,
            total,
        });
    }
    Ok(())
}

fn directly(
    input: Input<'_>,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut Tally,
) -> Result<(), SubmitError> {
    let mut group = Group::default();
    for item in input {
        let item = item?;
        if !group.takes(&item) {
            settle(sender, sender.send(group.items())?, group.items(), bar, tally);
            group = Group::default();
        }
        group.push(item);
    }
    settle(sender, sender.send(group.items())?, group.items(), bar, tally);
    Ok(())
}

/// Everything read is durable before the first byte is sent: an outage in the middle loses none of the rest.
fn through_spool(
    spool: &Spool,
    input: Input<'_>,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut Tally,
) -> Result<(), SubmitError> {
    let mut writer = spool.writer()?;
    for item in input {
        writer.put(&item?.body)?;
    }
    writer.finish()?;
    let mut group = Group::default();
    for name in spool.pending()? {
        let item = spool.read(&name)?;
        if !group.takes(&item) {
            drain(spool, &group, sender, bar, tally)?;
            group = Group::default();
        }
        group.push(item);
    }
    drain(spool, &group, sender, bar, tally)
}

fn drain(
    spool: &Spool,
    group: &Group,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut Tally,
) -> Result<(), SubmitError> {
    let verdicts = sender.send(group.items())?;
    for (item, verdict) in group.items().iter().zip(&verdicts) {
        match verdict {
            Verdict::Logged(_) => spool.remove(&item.name)?,
            Verdict::Refused(reason) => spool.set_aside(&item.name, reason)?,
        }
    }
    settle(sender, verdicts, group.items(), bar, tally);
    Ok(())
}

/// Says of each document which entry it is, and where that is shown.
fn settle(sender: &Sender, verdicts: Vec<Verdict>, items: &[Outgoing], bar: &ProgressBar, tally: &mut Tally) {
    for (verdict, item) in verdicts.into_iter().zip(items) {
        match verdict {
            Verdict::Logged(index) => {
                tally.logged = tally.logged.saturating_add(1);
                let address = sender.entry_address(index);
                bar.suspend(|| {
                    println!(
                        "{}: entry {index} {}",
                        shown::line(&item.name),
                        shown::line(&address)
                    );
                });
            }
            Verdict::Refused(reason) => {
                tally.refused = tally.refused.saturating_add(1);
                bar.suspend(|| eprintln!("{}: {}", shown::line(&item.name), shown::line(&reason)));
            }
        }
        bar.inc(1);
    }
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} documents, {per_sec}, {elapsed}");
    ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// Documents that go out together.
#[derive(Debug, Default)]
struct Group {
    items: Vec<Outgoing>,
    bytes: usize,
}

impl Group {
    /// Whether the item still fits; an empty group takes anything.
    fn takes(&self, item: &Outgoing) -> bool {
        self.items.is_empty()
            || (self.items.len() < BATCH_LINES_MAX
                && self.bytes.saturating_add(item.body.len()) < BATCH_BYTES_MAX)
    }

    fn push(&mut self, item: Outgoing) {
        self.bytes = self.bytes.saturating_add(item.body.len()).saturating_add(1);
        self.items.push(item);
    }

    fn items(&self) -> &[Outgoing] {
        &self.items
    }
}

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
mod stream_positions;

use crate::args::SubmitArgs;
use counter::{CounterError, StreamCounter};
use indicatif::{ProgressBar, ProgressStyle};
use input::{InputError, InputQueue};
use ledger_client::log::{Client, ClientError};
use send::{BATCH_BYTES_MAX, BATCH_LINES_MAX, SendResult, Sender};
use spool::{Spool, SpoolError};
use std::time::Duration;
use stream_positions::StreamPositions;
use verifier::text::shown;

/// Why not everything is logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmitFailure {
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
pub(crate) struct OutgoingDocument {
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
    /// Its name in the spool, if it is there.
    pub(crate) spooled: Option<String>,
}

/// What became of the documents so far.
#[derive(Debug, Default)]
struct SubmitTally {
    logged: u64,
    known: u64,
    erased: u64,
    refused: u64,
}

impl SubmitTally {
    fn total(&self) -> u64 {
        let counts = [self.logged, self.known, self.erased, self.refused];
        counts.into_iter().fold(0, u64::saturating_add)
    }

    fn count(&mut self, verdict: &SendResult) {
        let counted = match verdict {
            SendResult::Logged { .. } => &mut self.logged,
            SendResult::Known { .. } => &mut self.known,
            SendResult::Erased { .. } => &mut self.erased,
            SendResult::Refused(_) => &mut self.refused,
        };
        *counted = counted.saturating_add(1);
    }
}

impl std::fmt::Display for SubmitTally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} logged, ", self.logged)?;
        if self.known > 0 {
            write!(formatter, "{} already logged before, ", self.known)?;
        }
        if self.erased > 0 {
            write!(formatter, "{} erased before and not kept, ", self.erased)?;
        }
        write!(formatter, "{} refused", self.refused)
    }
}

/// Sends everything, and everything spooled before.
pub(crate) fn run(args: &SubmitArgs) -> Result<(), SubmitFailure> {
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    let sender = Sender::new(client, Duration::from_secs(args.retry_for));
    let bar = progress();
    let mut tally = SubmitTally::default();
    match &args.spool {
        Some(dir) => {
            let spool = Spool::open(dir)?;
            let stream = args.stream.as_deref();
            let mut counter = stream
                .map(|stream| StreamCounter::open(&spool.streams(), stream))
                .transpose()?;
            if let Some(counter) = &mut counter
                && spool.pending()?.is_empty()
            {
                counter.free_refused();
            }
            let input = InputQueue::open(args, counter);
            through_spool(&spool, input, &sender, &bar, &mut tally)?;
        }
        None => directly(InputQueue::open(args, None), &sender, &bar, &mut tally)?,
    }
    bar.finish_and_clear();
    println!("{tally}");
    if tally.refused > 0 {
        return Err(SubmitFailure::SomeRefused {
            refused: tally.refused,
            total: tally.total(),
        });
    }
    Ok(())
}

fn directly(
    input: InputQueue<'_>,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut SubmitTally,
) -> Result<(), SubmitFailure> {
    let mut group = SendGroup::default();
    for item in input {
        let item = item?;
        if !group.takes(&item) {
            let verdicts = sender.send(group.items())?;
            settle(sender, verdicts, group.items(), &[], bar, tally);
            group = SendGroup::default();
        }
        group.push(item);
    }
    let verdicts = sender.send(group.items())?;
    settle(sender, verdicts, group.items(), &[], bar, tally);
    Ok(())
}

/// Everything read is durable before the first byte is sent: an outage in the middle loses none of the rest.
fn through_spool(
    spool: &Spool,
    input: InputQueue<'_>,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut SubmitTally,
) -> Result<(), SubmitFailure> {
    let mut writer = spool.writer()?;
    for item in input {
        writer.put(&item?)?;
    }
    writer.finish()?;
    let mut places = StreamPositions::new(spool);
    let mut group = SendGroup::default();
    for name in spool.pending()? {
        let item = spool.read(&name)?;
        if !group.takes(&item) {
            drain(&mut places, &group, sender, bar, tally)?;
            group = SendGroup::default();
        }
        group.push(item);
    }
    drain(&mut places, &group, sender, bar, tally)
}

fn drain(
    places: &mut StreamPositions<'_>,
    group: &SendGroup,
    sender: &Sender,
    bar: &ProgressBar,
    tally: &mut SubmitTally,
) -> Result<(), SubmitFailure> {
    let verdicts = sender.send(group.items())?;
    let mut notes = Vec::with_capacity(verdicts.len());
    for (item, verdict) in group.items().iter().zip(&verdicts) {
        notes.push(places.settle(item, verdict)?);
    }
    settle(sender, verdicts, group.items(), &notes, bar, tally);
    Ok(())
}

/// Says of each document which entry it is, and where that is shown; of a refused one why, and what became of it.
fn settle(
    sender: &Sender,
    verdicts: Vec<SendResult>,
    items: &[OutgoingDocument],
    notes: &[String],
    bar: &ProgressBar,
    tally: &mut SubmitTally,
) {
    let notes = notes.iter().map(String::as_str).chain(std::iter::repeat(""));
    for ((verdict, item), note) in verdicts.into_iter().zip(items).zip(notes) {
        tally.count(&verdict);
        let warnings = verdict.warnings().to_vec();
        let (index, said) = match verdict {
            SendResult::Logged {
                index, about: None, ..
            } => (index, format!("entry {index}")),
            SendResult::Logged {
                index,
                about: Some(about),
                ..
            } => (
                index,
                format!("already logged as entry {about}; its context is logged as entry {index}"),
            ),
            SendResult::Known { index, about: None } => (index, format!("already logged as entry {index}")),
            SendResult::Known {
                index,
                about: Some(about),
            } => (
                index,
                format!("already logged as entry {about}, and its context as entry {index}"),
            ),
            SendResult::Erased { index, order } => (
                order,
                format!(
                    "entry {index} was erased by the order in entry {order}, and nothing of what was sent was kept"
                ),
            ),
            SendResult::Refused(reason) => {
                let said = format!("{}: {reason}{note}", item.name);
                bar.suspend(|| eprintln!("{}", shown::line(&said)));
                bar.inc(1);
                continue;
            }
        };
        let said = format!("{}: {said} {}", item.name, sender.entry_address(index));
        bar.suspend(|| {
            println!("{}", shown::line(&said));
            for warning in &warnings {
                eprintln!("{}: {}", shown::line(&item.name), shown::line(warning));
            }
        });
        bar.inc(1);
    }
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} documents, {per_sec}, {elapsed}");
    ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// Documents that go out together.
#[derive(Debug, Default)]
struct SendGroup {
    items: Vec<OutgoingDocument>,
    bytes: usize,
}

impl SendGroup {
    /// Whether the item still fits; an empty group takes anything.
    fn takes(&self, item: &OutgoingDocument) -> bool {
        self.items.is_empty()
            || (self.items.len() < BATCH_LINES_MAX
                && self.bytes.saturating_add(item.body.len()) < BATCH_BYTES_MAX)
    }

    fn push(&mut self, item: OutgoingDocument) {
        self.bytes = self.bytes.saturating_add(item.body.len()).saturating_add(1);
        self.items.push(item);
    }

    fn items(&self) -> &[OutgoingDocument] {
        &self.items
    }
}

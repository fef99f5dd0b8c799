use super::*;
use kit::test_ledger::TestLedger;
use ledger_query::share::{PoolFull, Pools};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

#[derive(Serialize)]
struct Number {
    number: u64,
}

impl ExportItem for Number {
    const COLUMNS: &'static [&'static str] = &["number"];
    const TIMES: &'static [&'static str] = &[];
}

type Page = Result<ListPage<Number, u64>, PageError>;

/// All that an export of pages of two numbers writes, and whether its body ends as one that is whole.
async fn sent<F>(format: Format, items_max: u64, ask: F) -> (String, bool)
where
    F: Fn(&QueryEngine, Option<u64>) -> Page + Clone + Send + Sync + 'static,
{
    let log = TestLedger::new();
    let ledger = log.open();
    let mut export = ExportState {
        pages: Pages {
            engine: QueryEngine::new(ledger.reader().clone()),
            pools: Arc::<Pools>::default(),
            stopping: watch::channel(false).1,
        },
        caller: Caller::current(),
        visitor: None,
        format,
        ask,
        next: None,
        items: 0,
        items_max,
        pause: Duration::ZERO,
        breaks_off: false,
    };
    let mut text = export.begin().await.unwrap();
    let mut is_whole = true;
    while let Some(part) = export.go_on().await {
        match part {
            Ok(part) => text.extend(part),
            Err(ExportCutShort) => is_whole = false,
        }
    }
    (String::from_utf8(text).unwrap(), is_whole)
}

/// All that an export writes whose body does not break off.
async fn written<F>(format: Format, items_max: u64, ask: F) -> String
where
    F: Fn(&QueryEngine, Option<u64>) -> Page + Clone + Send + Sync + 'static,
{
    let (text, is_whole) = sent(format, items_max, ask).await;
    assert!(is_whole, "{text}");
    text
}

#[expect(clippy::unnecessary_wraps, reason = "what an export asks answers so")]
fn numbers(from: Option<u64>, pages: u64) -> Page {
    let from = from.unwrap_or_default();
    let items = [2 * from, 2 * from + 1].map(|number| Number { number });
    Ok(ListPage {
        items: items.into(),
        next: (from + 1 < pages).then_some(from + 1),
    })
}

#[tokio::test]
async fn a_whole_export_has_its_items_and_nothing_else() {
    for items_max in [4, 5] {
        let text = written(Format::Csv, items_max, |_, from| numbers(from, 2)).await;
        assert_eq!(text, "number\n0\n1\n2\n3\n");
    }
}

#[tokio::test]
async fn an_export_that_is_longer_than_allowed_says_so_in_its_last_line() {
    for (items_max, kept) in [(3, 3), (4, 4)] {
        let text = written(Format::NdJson, items_max, |_, from| numbers(from, 9)).await;
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(text.lines().count(), kept + 1);
        assert_eq!(last["ends_early"], true);
        assert_eq!(last["items"], items_max);
    }
    let text = written(Format::Csv, 3, |_, from| numbers(from, 9)).await;
    assert!(
        text.lines()
            .last()
            .unwrap()
            .contains("ENDS EARLY after 3 items: "),
        "{text}"
    );
}

#[tokio::test]
async fn an_export_whose_list_cannot_be_read_to_its_end_says_so_and_breaks_off() {
    let (text, is_whole) = sent(Format::NdJson, 99, |_, from| match from {
        None => numbers(None, 9),
        Some(_) => Err(PageError::Internal("/secret/path".to_owned())),
    })
    .await;
    assert_eq!((text.lines().count(), is_whole), (3, false));
    assert!(
        text.contains("\"ends_early\":true") && !text.contains("/secret/path"),
        "{text}"
    );
}

#[tokio::test]
async fn an_export_waits_where_the_server_is_busy_and_goes_on() {
    let asked = Arc::new(AtomicUsize::new(0));
    let text = written(Format::NdJson, 99, move |_, from| match from {
        Some(1) if asked.fetch_add(1, Ordering::Relaxed) < 3 => Err(PoolFull::Share("pages").into()),
        from => numbers(from, 2),
    })
    .await;
    assert_eq!(text.lines().count(), 4, "{text}");
}

//! The log itself: heads by size and time, and proofs between them.

use crate::support::ApiLog;
use kit::test_ledger::ORIGIN;
use serde_json::{Value, json};
use verifier::base64::decode_standard;
use verifier::checkpoint::Checkpoint;
use verifier::hash::{LeafHash, NodeHash, RootHash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::inclusion::verify_inclusion;

fn hashes(list: &Value) -> Vec<NodeHash> {
    let decode = |text: &Value| {
        decode_standard(text.as_str().unwrap())
            .unwrap()
            .try_into()
            .unwrap()
    };
    list.as_array()
        .unwrap()
        .iter()
        .map(|text| NodeHash::from_bytes(decode(text)))
        .collect()
}

fn root(view: &Value) -> RootHash {
    RootHash::parse_hex(view["root_hash"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn the_log_says_who_it_is_and_where_it_stands() {
    let log = ApiLog::start().await;
    let answer = log.get("/v1/log").await.json();
    assert_eq!(answer["origin"], ORIGIN);
    assert_eq!(answer["operator_did"], log.keys().operator.did().as_str());
    assert_eq!(answer["vkey"], log.state.engine().verifier_key().to_string());
    assert_eq!(answer["tree_size"], log.size());
    assert_eq!(answer["frozen"], Value::Null);
    let members: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members.len(), 9, "{members:?}");
}

#[tokio::test]
async fn heads_are_found_by_size_and_by_time() {
    let log = ApiLog::start().await;
    let key = log.state.engine().verifier_key().clone();
    let size = log.size();
    let head = log.get(&format!("/v1/checkpoints?size={size}")).await.json();
    let note = head["checkpoint"].as_str().unwrap();
    let opened = Checkpoint::open(note.as_bytes(), &key).unwrap();
    assert_eq!(
        (opened.head().size.value(), opened.head().root),
        (size, root(&head))
    );
    let at = head["checkpoint_time"].as_u64().unwrap();
    assert_eq!(log.get(&format!("/v1/checkpoints?at={at}")).await.json(), head);
    assert_eq!(
        log.get("/v1/checkpoints?at=2036-01-01T00:00:00%2B01:00")
            .await
            .json(),
        head
    );
    assert_eq!(
        log.get("/v1/checkpoints?at=2020-01-01T00:00:00Z").await.code(),
        "NOT_FOUND"
    );
    assert_eq!(
        log.get("/v1/checkpoints?size=1000").await.code(),
        "POSITION_AHEAD"
    );
}

#[tokio::test]
async fn heads_are_listed_newest_first_in_pages() {
    let log = ApiLog::start().await;
    let mut sizes = Vec::new();
    let mut path = "/v1/checkpoints?limit=2".to_owned();
    loop {
        let page = log.get(&path).await.json();
        sizes.extend(
            page["checkpoints"]
                .as_array()
                .unwrap()
                .iter()
                .map(|head| head["tree_size"].as_u64().unwrap()),
        );
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
            break;
        };
        path = format!("/v1/checkpoints?limit=2&cursor={cursor}");
    }
    let mut expected = sizes.clone();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    expected.dedup();
    assert_eq!(sizes, expected);
    assert_eq!((sizes.first(), sizes.last()), (Some(&log.size()), Some(&1)));
}

#[tokio::test]
async fn any_two_heads_are_consistent() {
    let log = ApiLog::start().await;
    let list = log.get("/v1/checkpoints").await.json();
    let heads = list["checkpoints"].as_array().unwrap();
    for (newer, older) in heads.iter().flat_map(|a| heads.iter().map(move |b| (a, b))) {
        let (first, second) = (
            older["tree_size"].as_u64().unwrap(),
            newer["tree_size"].as_u64().unwrap(),
        );
        if first > second {
            continue;
        }
        let answer = log
            .get(&format!("/v1/proofs/consistency?first={first}&second={second}"))
            .await
            .json();
        let proof = hashes(&answer["hashes"]);
        let (first, second) = (TreeSize::new(first), TreeSize::new(second));
        verify_consistency(first, &root(older), second, &root(newer), &proof).unwrap();
    }
}

#[tokio::test]
async fn inclusion_is_proved_by_position_and_by_leaf_hash() {
    let log = ApiLog::start().await;
    let size = log.size();
    let head = log.get(&format!("/v1/checkpoints?size={size}")).await.json();
    for index in 0..size {
        let answer = log
            .get(&format!("/v1/proofs/inclusion?index={index}&size={size}"))
            .await
            .json();
        let leaf = LeafHash::parse_hex(answer["leaf_hash"].as_str().unwrap()).unwrap();
        let path = hashes(&answer["hashes"]);
        verify_inclusion(
            LeafIndex::new(index),
            TreeSize::new(size),
            &leaf,
            &path,
            &root(&head),
        )
        .unwrap();
        assert_eq!(answer["checkpoint"], head["checkpoint"]);
        assert_eq!(
            log.get(&format!("/v1/proofs/inclusion?leaf_hash={leaf}"))
                .await
                .json(),
            answer
        );
    }
    let outside = log
        .get(&format!(
            "/v1/proofs/inclusion?index={}&size={}",
            size - 1,
            size - 1
        ))
        .await;
    assert_eq!((outside.status, outside.code().as_str()), (404, "NOT_FOUND"));
    let absent = log
        .get(&format!("/v1/proofs/inclusion?leaf_hash={}", "0".repeat(64)))
        .await;
    assert_eq!(absent.json()["code"], json!("NOT_FOUND"));
}

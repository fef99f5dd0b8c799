use ledger::high_water::{HighWater, HighWaterError};
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use verifier::checkpoint::TreeHead;
use verifier::hash::{RootHash, sha256};
use verifier::index::TreeSize;

fn head(size: u64) -> TreeHead {
    let byte = u8::try_from(size % 251).unwrap();
    TreeHead {
        size: TreeSize::new(size),
        root: RootHash::from_bytes([byte; 32]),
    }
}

#[test]
fn remembers_the_highest_head_across_opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("high-water");
    let mut file = HighWater::create(&path, &head(1)).unwrap();
    for size in 2..50 {
        file.append(&head(size)).unwrap();
    }
    let (mut file, last) = HighWater::open(&path).unwrap();
    assert_eq!(last, Some(head(49)));
    file.append(&head(49)).unwrap();
    file.append(&head(60)).unwrap();
    assert_eq!(HighWater::read(&path).unwrap(), Some(head(60)));
}

#[test]
fn is_not_created_over_an_existing_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("high-water");
    HighWater::create(&path, &head(7)).unwrap();
    assert!(matches!(
        HighWater::create(&path, &head(1)),
        Err(HighWaterError::Io { .. })
    ));
    assert_eq!(HighWater::read(&path).unwrap(), Some(head(7)));
}

#[test]
fn a_missing_file_is_an_error_and_not_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        HighWater::open(&dir.path().join("none")),
        Err(HighWaterError::Missing { .. })
    ));
}

#[test]
fn refuses_to_go_back_or_sideways() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HighWater::create(&dir.path().join("high-water"), &head(9)).unwrap();
    assert!(matches!(
        file.append(&head(8)),
        Err(HighWaterError::NotBeyond { .. })
    ));
    let other = TreeHead {
        root: RootHash::from_bytes([0xff; 32]),
        ..head(9)
    };
    assert!(matches!(
        file.append(&other),
        Err(HighWaterError::NotBeyond { .. })
    ));
}

#[test]
fn a_torn_last_record_is_left_out_and_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("high-water");
    let mut file = HighWater::create(&path, &head(1)).unwrap();
    file.append(&head(2)).unwrap();
    let whole = std::fs::metadata(&path).unwrap().len();
    file.append(&head(3)).unwrap();
    drop(file);
    for torn in 1..48 {
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(whole + torn)
            .unwrap();
        let (mut file, last) = HighWater::open(&path).unwrap();
        assert_eq!(last, Some(head(2)), "{torn} bytes of the last record");
        file.append(&head(3)).unwrap();
        assert_eq!(HighWater::read(&path).unwrap(), Some(head(3)));
    }
}

#[test]
fn a_flipped_byte_before_the_last_record_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("high-water");
    let mut file = HighWater::create(&path, &head(1)).unwrap();
    file.append(&head(2)).unwrap();
    drop(file);
    let content = std::fs::read(&path).unwrap();
    for position in 0..content.len() - 48 {
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(position as u64)).unwrap();
        file.write_all(&[content[position] ^ 0x10]).unwrap();
        assert!(
            matches!(HighWater::read(&path), Err(HighWaterError::Damaged { .. })),
            "byte {position}"
        );
        std::fs::write(&path, &content).unwrap();
    }
}

#[test]
fn is_rewritten_before_it_grows_beyond_its_bound() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("high-water");
    // As 21,845 commits leave it, written here by the documented format: 16 + 21,845 * 48 bytes.
    let mut content = b"EL-HIGH-WATER/1\n".to_vec();
    for size in 1..=21_845_u64 {
        let body = [size.to_be_bytes().as_slice(), head(size).root.as_bytes()].concat();
        let sum = sha256(&[b"evidence-ledger/high-water/v1".as_slice(), &body].concat());
        content.extend_from_slice(&body);
        content.extend_from_slice(&sum[..8]);
    }
    std::fs::write(&path, &content).unwrap();
    let (mut file, last) = HighWater::open(&path).unwrap();
    assert_eq!(last, Some(head(21_845)));
    file.append(&head(21_846)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 16 + 48);
    file.append(&head(21_846)).unwrap();
    assert_eq!(HighWater::read(&path).unwrap(), Some(head(21_846)));
}

//! What `submit` says of documents that were known, erased, refused or no JSON at all; numbers of refused ones.

use crate::process::{LogDirectory, Server, ledgerd, pulse, pulses, stderr, stdout};
use std::path::Path;
use std::process::Output;

fn submit(url: &str, arguments: &[&str], paths: &[&Path]) -> Output {
    ledgerd()
        .args(["submit", "--url", url, "--retry-for", "0"])
        .args(arguments)
        .args(paths)
        .output()
        .unwrap()
}

/// A pulse whose signature does not hold.
fn forged() -> String {
    pulse("run-x").replace("run-x", "run-y")
}

/// The number of every entry in the stream `calls`, in log order.
fn numbers(server: &Server) -> Vec<u64> {
    (0..server.tree_size())
        .map(|index| server.get(&format!("/v1/entries/{index}"))["context"].clone())
        .filter(|context| context["stream"] == "calls")
        .map(|context| context["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn known_bytes_are_told_as_known_with_their_entry_and_that_of_their_context() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let file = place.write("pulse.json", &pulse("run-1"));
    assert!(stdout(&submit(server.url(), &[], &[&file])).contains("1 logged, 0 refused"));
    let again = stdout(&submit(server.url(), &[], &[&file]));
    assert!(again.contains("already logged as entry 1"), "{again}");
    assert!(
        again.contains("0 logged, 1 already logged before, 0 refused"),
        "{again}"
    );
    let context = stdout(&submit(server.url(), &["--job", "job-1"], &[&file]));
    assert!(
        context.contains("already logged as entry 1; its context is logged as entry 2"),
        "{context}"
    );
    let context = stdout(&submit(server.url(), &["--job", "job-1"], &[&file]));
    assert!(
        context.contains("already logged as entry 1, and its context as entry 2"),
        "{context}"
    );
}

#[test]
fn erased_bytes_are_told_as_erased_and_never_as_logged() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let document = pulse("run-1");
    let file = place.write("pulse.json", &document);
    assert!(submit(server.url(), &[], &[&file]).status.success());
    let digest = server.get("/v1/entries/1")["evidence_digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let erased = ledgerd()
        .args([
            "erase",
            "--evidence",
            &digest,
            "--reason",
            "asked",
            "--url",
            server.url(),
        ])
        .arg("--operator-key")
        .arg(place.log().join("operator.key"))
        .output()
        .unwrap();
    assert!(erased.status.success(), "{}", stderr(&erased));
    // Alone and in a batch.
    let both = place.write("both.ndjson", &format!("{document}\n{}", pulse("run-2")));
    for file in [&file, &both] {
        let said = stdout(&submit(server.url(), &[], &[file]));
        assert!(
            said.contains(
                "entry 1 was erased by the order in entry 2, and nothing of what was sent was kept"
            ),
            "{said}"
        );
        assert!(said.contains("1 erased before and not kept"), "{said}");
    }
}

#[test]
fn the_number_of_a_refused_document_goes_to_the_next_one_and_the_stream_has_no_gap() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let spool = place.path("spool");
    let options = [
        "--spool",
        spool.to_str().unwrap(),
        "--stream",
        "calls",
        "--job",
        "job-1",
    ];
    let first = place.write(
        "mixed.ndjson",
        &format!("{}\n{}\n{}", pulse("a"), forged(), pulse("b")),
    );
    let output = submit(server.url(), &options, &[&first]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(numbers(&server), [0, 2]);
    let said = stderr(&output);
    assert!(said.contains("mixed.ndjson (document 2)"), "{said}");
    assert!(
        said.contains("it is kept in ") && said.contains("refused"),
        "{said}"
    );
    assert!(
        said.contains("number 1 of stream \"calls\" goes to the next document"),
        "{said}"
    );
    // In processes of their own: one fills the hole, the next goes on behind the newest.
    for run in ["c", "d"] {
        let file = place.write(&format!("{run}.json"), &pulse(run));
        assert!(submit(server.url(), &options, &[&file]).status.success());
    }
    assert_eq!(numbers(&server), [0, 2, 1, 3]);
    // What was refused gets a number of its own when it is sent again, and gives it back again.
    let refused = place.write("forged.json", &forged());
    assert_eq!(submit(server.url(), &options, &[&refused]).status.code(), Some(1));
    let last = place.write("e.json", &pulse("e"));
    let options = [&options[..], &["--last"]].concat();
    assert!(submit(server.url(), &options, &[&last]).status.success());
    assert_eq!(numbers(&server), [0, 2, 1, 3, 4]);
}

#[test]
fn a_number_waits_while_a_copy_of_its_refused_document_is_in_the_spool() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let spool = place.path("spool");
    let options = ["--spool", spool.to_str().unwrap(), "--stream", "calls"];
    let refused = place.write("forged.json", &forged());
    assert_eq!(submit(server.url(), &options, &[&refused]).status.code(), Some(1));
    // A copy of the refused document that another process left behind, under its number.
    let kept = std::fs::read_dir(spool.join("refused"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let kept = kept
        .into_iter()
        .find(|path| path.extension().unwrap() == "json")
        .unwrap();
    std::fs::copy(&kept, spool.join(kept.file_name().unwrap())).unwrap();
    let next = place.write("a.json", &pulse("a"));
    assert_eq!(submit(server.url(), &options, &[&next]).status.code(), Some(1));
    assert_eq!(numbers(&server), [1]);
    let next = place.write("b.json", &pulse("b"));
    assert!(submit(server.url(), &options, &[&next]).status.success());
    assert_eq!(numbers(&server), [1, 0]);
}

#[test]
fn files_in_another_encoding_or_format_are_named() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let text = pulses(1);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, name) in [
        (utf16, "UTF-16"),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "byte order mark"),
        (b"\xd2\x84\x43\xa1\x01\x26".to_vec(), "COSE_Sign1"),
        (b"%PDF-1.7".to_vec(), "a PDF file"),
        (b"\x82\x8a\x01".to_vec(), "not a document, but a pack"),
    ] {
        let file = place.path("file");
        std::fs::write(&file, bytes).unwrap();
        let output = submit(server.url(), &[], &[&file]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(name), "{name}: {}", stderr(&output));
    }
    assert_eq!(server.tree_size(), 1);
}

//! Each row of the table of C2SP tlog-witness, and their order.

use ledger::clock::Clock;
use ledger::signer::{CheckpointSigner, LogKey, WitnessKey};
use verifier::note::UnverifiedNote;

use crate::asked::{Asked, key, second_key};
use crate::log::{HandLog, ORIGIN, OTHER_HASH, request};

#[tokio::test]
async fn a_checkpoint_is_cosigned_through_the_sizes_where_trees_fill() {
    let log = HandLog::new(1, 0, 65_537);
    let asked = Asked::new();
    let mut old = 0;
    for new in [1, 255, 256, 257, 65_535, 65_536, 65_537] {
        let time = asked
            .add(log.request(old, new))
            .await
            .cosigned(&log.checkpoint(new));
        assert_eq!(
            time,
            asked.clock.now().value() / 1_000,
            "the time is now, in seconds"
        );
        old = new;
    }
    asked.add(log.request(256, 65_537)).await.other_size(65_537);
}

#[tokio::test]
async fn a_monitor_reads_the_last_cosigned_checkpoint_with_the_lines_of_log_and_witness() {
    let log = HandLog::new(1, 0, 9);
    let asked = Asked::new();
    asked.latest().await.refused(404, "was ever cosigned");
    asked.add(log.request(0, 8)).await.cosigned(&log.checkpoint(8));
    let last = asked.add(log.request(8, 9)).await;
    let latest = asked.latest().await;
    assert_eq!(latest.body, log.checkpoint(9) + &last.body);
    assert_eq!(
        (latest.status, latest.content_type.as_str()),
        (200, "text/plain; charset=utf-8")
    );
    asked
        .get("/not-a-hash/checkpoint")
        .await
        .refused(404, "64 lower-case hex digits");
    asked.get("/").await.refused(404, "/add-checkpoint");
    assert_eq!(asked.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_witness_with_a_second_key_signs_with_both_and_goes_on_from_what_it_signed_with_one() {
    let log = HandLog::new(1, 0, 9);
    let logs = [log.key.verifier_key().clone()];
    let asked = Asked::of(&logs);
    asked.add(log.request(0, 5)).await.cosigned(&log.checkpoint(5));
    let asked = asked.with_second_key(&logs);
    let answer = asked.add(log.request(5, 8)).await;
    let note = format!("{}{}", log.checkpoint(8), answer.body);
    let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
    let time = key().cosigner_key().verify(&note).unwrap();
    assert_eq!(second_key().cosigner_key().verify(&note), Ok(time));
    assert_eq!(asked.latest().await.body, log.checkpoint(8) + &answer.body);
    // Without it again, what both have signed is remembered as before.
    let asked = asked.restarted(&logs);
    assert_eq!(asked.latest().await.body, log.checkpoint(8) + &answer.body);
    asked.add(log.request(5, 9)).await.other_size(8);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_400_and_says_why() {
    let log = HandLog::new(1, 0, 3);
    let asked = Asked::new();
    let note = log.checkpoint(3);
    let too_many = format!("{OTHER_HASH}\n").repeat(64);
    let text = |size: &str, root: &str, more: &str| log.sign(&format!("{ORIGIN}\n{size}\n{root}\n{more}"));
    for (body, words) in [
        (String::new(), "first line"),
        (format!("new 0\n\n{note}"), "first line"),
        (format!("old 00\n\n{note}"), "first line"),
        (format!("old +1\n\n{note}"), "first line"),
        (format!("old 18446744073709551616\n\n{note}"), "first line"),
        (format!("old 0\r\n\r\n{note}"), "first line"),
        (String::from("old 0\n"), "end of the body"),
        (format!("old 0\n{note}"), "line 1 of the consistency proof"),
        (request(0, "AAAA\n", &note), "line 1 of the consistency proof"),
        (request(0, &too_many, &note), "more than 63 hashes"),
        (request(0, "", "no note\n"), "no signed note"),
        (request(0, "", &note.replace("— ", "- ")), "no signed note"),
        (request(0, "", note.trim_end()), "no signed note"),
        (request(0, "", &format!("{note}\n")), "no signed note"),
        (
            request(0, "", &log.sign("two\nlines\n")),
            "fewer than three lines",
        ),
        (request(0, "", &text("03", OTHER_HASH, "")), "leading zeros"),
        (request(0, "", &text("3", "AAAA", "")), "32 bytes"),
        (
            request(
                0,
                "",
                &text("3", OTHER_HASH, &format!("{}\n", "x".repeat(70_000))),
            ),
            "64 KiB",
        ),
    ] {
        asked.add(body).await.refused(400, words);
    }
    asked.latest().await.refused(404, "was ever cosigned");
}

#[tokio::test]
async fn a_body_beyond_128_kib_is_refused_and_one_of_128_kib_is_read() {
    let asked = Asked::new();
    asked
        .add("x".repeat(128 * 1024 + 1))
        .await
        .refused(413, "131072 bytes");
    asked.add("x".repeat(128 * 1024)).await.refused(400, "first line");
}

#[tokio::test]
async fn the_longest_proof_and_the_oldest_size_decide_in_the_order_of_the_table() {
    let asked = Asked::new();
    let log = HandLog::new(1, 0, 3);
    let longest = format!("{OTHER_HASH}\n").repeat(63);
    // 404 before 403, 403 before 400, 400 before 409, 409 before 422.
    let unknown = LogKey::from_seed("example.com/other", [1; 32]).unwrap();
    let other = log.checkpoint(3).replace(ORIGIN, unknown.verifier_key().name());
    asked
        .add(request(9, &longest, &other))
        .await
        .refused(404, "example.com/other");
    let stranger = HandLog::new(9, 0, 3).checkpoint(3);
    asked
        .add(request(9, &longest, &stranger))
        .await
        .refused(403, "no signature by");
    asked
        .add(request(9, &longest, &log.checkpoint(3)))
        .await
        .refused(400, "old size 9 is beyond");
    asked
        .add(request(1, &longest, &log.checkpoint(3)))
        .await
        .other_size(0);
    asked
        .add(request(0, &longest, &log.checkpoint(3)))
        .await
        .refused(422, "the proof has 63 hashes");
}

#[tokio::test]
async fn a_signature_of_the_log_that_does_not_verify_is_403_whatever_else_is_signed() {
    let log = HandLog::new(1, 0, 3);
    let asked = Asked::new();
    let note = log.checkpoint(3);
    let of_other_text = log.checkpoint(2).lines().last().unwrap().to_owned() + "\n";
    let forged = log.checkpoint(3).replace("\n3\n", "\n2\n");
    for note in [forged, format!("{note}{of_other_text}")] {
        asked
            .add(request(0, "", &note))
            .await
            .refused(403, "does not verify");
    }
    asked.add(log.request(0, 3)).await.cosigned(&note);
}

#[tokio::test]
async fn lines_of_strangers_and_forged_lines_of_the_witness_are_ignored_and_not_kept() {
    let log = HandLog::new(1, 0, 4);
    let asked = Asked::new();
    let forged = WitnessKey::from_seed("witness.example/w1", [2; 32])
        .unwrap()
        .cosign("other text\n", 1 << 40)
        .unwrap();
    let stranger = HandLog::new(9, 0, 4)
        .checkpoint(3)
        .lines()
        .last()
        .unwrap()
        .to_owned()
        + "\n";
    let note = log.checkpoint(3);
    let answer = asked
        .add(request(0, "", &format!("{note}{forged}{stranger}")))
        .await;
    answer.cosigned(&note);
    assert_eq!(asked.latest().await.body, note + &answer.body);
    asked.add(log.request(3, 4)).await.cosigned(&log.checkpoint(4));
}

#[tokio::test]
async fn a_log_with_two_keys_may_sign_with_either_or_both() {
    let (one, two) = (HandLog::new(1, 0, 4), HandLog::new(2, 0, 4));
    let keys = [one.key.verifier_key().clone(), two.key.verifier_key().clone()];
    let asked = Asked::of(&keys);
    asked.add(one.request(0, 1)).await.cosigned(&one.checkpoint(1));
    asked.add(two.request(1, 2)).await.cosigned(&two.checkpoint(2));
    let both = one.checkpoint(3) + two.checkpoint(3).lines().last().unwrap() + "\n";
    let answer = asked.add(request(2, &one.proof(2, 3), &both)).await;
    answer.cosigned(&both);
    assert_eq!(asked.latest().await.body, both + &answer.body);
    // A log that is not configured any more gets nothing, and what was cosigned stays to be read.
    let asked = asked.restarted(&keys[1..]);
    asked.add(one.request(3, 4)).await.refused(403, "no signature by");
    asked.add(two.request(3, 4)).await.cosigned(&two.checkpoint(4));
}

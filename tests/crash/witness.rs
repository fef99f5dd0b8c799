//! SIGKILL of a witness under load, again and again, on one memory.
//!
//! Two histories of one log are sent at the same time by several threads, as an attacker with the log's key would. After every
//! kill the witness comes back with at least the size that it last answered, and in the end no two of all the
//! cosignatures that it ever gave out contradict each other. `CRASH_ROUNDS` sets how many kills (default 40). When each of
//! them falls is drawn from a seed; what must hold does not depend on it.

use kit::server::{self, Server};
use ledger::signer::{CheckpointSigner, LogKey};
use ledger_client::transport::{Transport, TransportLimits};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use verifier::base64::encode_standard;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::cosignature::CosignerKey;
use verifier::hash::{Hex, NodeHash, RootHash, leaf_hash, sha256};
use verifier::index::TreeSize;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::{NodeCoord, ProofPlan};
use verifier::note::UnverifiedNote;

const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd-under-test");
const ORIGIN: &str = "log.example/two-faced";
const ANSWER_BYTES_MAX: usize = 1 << 20;
const SEED: u64 = 15;

/// One history of the log.
struct History {
    leaves: Vec<NodeHash>,
    key: LogKey,
}

impl History {
    fn new(number: u8, size: u64) -> Self {
        let leaf = |index: u64| NodeHash::from(leaf_hash(&[&[number][..], &index.to_be_bytes()].concat()));
        Self {
            leaves: (0..size).map(leaf).collect(),
            key: LogKey::from_seed(ORIGIN, [3; 32]).unwrap(),
        }
    }

    fn root(&self, size: u64) -> RootHash {
        root_of(&self.leaves[..usize::try_from(size).unwrap()])
    }

    fn note(&self, size: u64) -> String {
        let head = TreeHead {
            size: TreeSize::new(size),
            root: self.root(size),
        };
        let text = checkpoint_text(ORIGIN, &head);
        signed_checkpoint(&text, self.key.verifier_key(), &self.key.sign(text.as_bytes()))
    }

    /// The body that takes a witness from one size to another.
    fn request(&self, old: u64, new: u64) -> String {
        let mut proof = String::new();
        if 0 < old && old < new {
            let plan = ProofPlan::consistency(TreeSize::new(old), TreeSize::new(new)).unwrap();
            let node = |coord: NodeCoord| {
                let start = usize::try_from(coord.index << coord.level).unwrap();
                NodeHash::from(root_of(&self.leaves[start..start + (1 << coord.level)]))
            };
            let nodes: Vec<NodeHash> = plan.nodes().map(node).collect();
            for hash in plan.assemble(&nodes).unwrap() {
                proof += &(encode_standard(hash.as_bytes()) + "\n");
            }
        }
        format!("old {old}\n{proof}\n{}", self.note(new))
    }
}

/// Every head under which the witness ever put its cosignature, by size.
type Cosigned = Mutex<BTreeMap<u64, RootHash>>;

/// A number that follows from another one (splitmix64).
fn drawn(seed: u64) -> u64 {
    let mut word = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn serve(dir: &Path, vkey: &str) -> Server {
    let mut command = server::command(LEDGERD);
    command.args(["witness", "--listen", "127.0.0.1:0", "--log", vkey, "--dir"]);
    Server::from_command(command.arg(dir).stderr(Stdio::piped()))
}

#[test]
fn no_two_cosignatures_contradict_each_other_and_none_is_forgotten_by_kills_under_load() {
    let rounds: u64 = std::env::var("CRASH_ROUNDS").map_or(40, |text| text.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("witness");
    let name = [
        "witness",
        "init",
        "--name",
        "witness.example/w1",
        "--dir",
        &dir.to_string_lossy(),
    ];
    let made = server::run(LEDGERD, &name);
    assert!(made.status.success(), "{}", server::stderr(&made));
    let key = server::stdout(&made)
        .trim_start_matches("vkey ")
        .trim_end()
        .to_owned();
    let key = Arc::new(CosignerKey::parse(&key).unwrap());
    let histories = Arc::new([History::new(0, 4_000), History::new(1, 4_000)]);
    let vkey = histories[0].key.verifier_key().to_string();
    let cosigned = Arc::new(Cosigned::default());

    for round in 0..rounds {
        let witness = serve(&dir, &vkey);
        check_latest(&witness, &key, &cosigned, round);
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (url, key) = (witness.url().to_owned(), Arc::clone(&key));
                let (histories, cosigned) = (Arc::clone(&histories), Arc::clone(&cosigned));
                let seed = SEED + round * 100 + sender;
                let history = usize::try_from(sender % 2).unwrap();
                std::thread::spawn(move || {
                    send_until_killed(&url, &histories[history], &key, &cosigned, seed);
                })
            })
            .collect();
        std::thread::sleep(Duration::from_micros(2_000 + drawn(SEED + round) % 60_000));
        witness.kill();
        for sender in senders {
            sender.join().unwrap();
        }
    }

    let witness = serve(&dir, &vkey);
    check_latest(&witness, &key, &cosigned, rounds);
    witness.stop();
    let cosigned = cosigned.lock().unwrap();
    assert!(!cosigned.is_empty(), "nothing was cosigned");
    let is_of = |history: &History| cosigned.iter().all(|(size, root)| *root == history.root(*size));
    assert!(
        histories.iter().any(is_of),
        "heads of both histories were cosigned"
    );
    println!(
        "{rounds} kills, {} sizes cosigned, all of one history",
        cosigned.len()
    );
}

/// Takes the witness on in steps, and in between sends the same size again.
fn send_until_killed(url: &str, history: &History, key: &CosignerKey, cosigned: &Cosigned, mut seed: u64) {
    let transport = Transport::new(None, TransportLimits::COMMAND);
    let (mut old, end) = (0, u64::try_from(history.leaves.len()).unwrap());
    loop {
        seed = drawn(seed);
        let new = (old + seed % 3).min(end);
        let body = history.request(old, new);
        // The connection breaks when the witness is killed: what was not answered was not cosigned for anybody.
        let Ok(answer) = transport.post(
            &format!("{url}/add-checkpoint"),
            "text/plain",
            body.as_bytes(),
            ANSWER_BYTES_MAX,
        ) else {
            return;
        };
        let text = String::from_utf8(answer.body).unwrap();
        match answer.status.as_u16() {
            200 => {
                let note = UnverifiedNote::parse(format!("{}{text}", history.note(new)).as_bytes()).unwrap();
                key.verify(&note).unwrap();
                let mut cosigned = cosigned.lock().unwrap();
                let root = history.root(new);
                let earlier = cosigned.insert(new, root);
                assert!(
                    earlier.is_none_or(|earlier| earlier == root),
                    "two roots of size {new} are cosigned"
                );
                old = new;
            }
            409 => old = text.trim_end().parse::<u64>().unwrap().min(end),
            422 => {}
            other => panic!("{other}: {text}"),
        }
    }
}

/// What a monitor reads holds, and nothing that was answered is beyond it.
fn check_latest(witness: &Server, key: &CosignerKey, cosigned: &Cosigned, round: u64) {
    let mut cosigned = cosigned.lock().unwrap();
    let Some((&answered, _)) = cosigned.last_key_value() else {
        return;
    };
    let path = format!("/{}/checkpoint", Hex(&sha256(ORIGIN.as_bytes())));
    let note = UnverifiedNote::parse(&witness.get_bytes(&path)).unwrap();
    key.verify(&note).unwrap();
    let checkpoint = opened(&note);
    assert!(
        checkpoint.0 >= answered,
        "round {round}: size {answered} was answered, found {}",
        checkpoint.0
    );
    // It may have been written and not answered; from now on it is known to others.
    let earlier = cosigned.insert(checkpoint.0, checkpoint.1);
    assert!(
        earlier.is_none_or(|earlier| earlier == checkpoint.1),
        "round {round}: another root"
    );
}

/// Size and root of a note that the log signed.
fn opened(note: &UnverifiedNote) -> (u64, RootHash) {
    let key = History::new(0, 0).key;
    note.verify(key.verifier_key()).unwrap();
    let lines: Vec<&str> = note.danger_text().lines().collect();
    let root = verifier::base64::decode_standard(lines[2]).unwrap();
    (
        lines[1].parse().unwrap(),
        RootHash::from_bytes(root.try_into().unwrap()),
    )
}

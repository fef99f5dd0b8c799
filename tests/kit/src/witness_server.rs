//! Witnesses on real sockets: one that does what C2SP tlog-witness says, and any that a test scripts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use verifier::base64::decode_standard_array;
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::hash::{NodeHash, empty_root};
use verifier::index::TreeSize;
use verifier::merkle::consistency::verify_consistency;
use verifier::note::{UnverifiedNote, VerifierKey};

use crate::cosigners::cosignature;

/// Status and body of an answer.
pub type Reply = (u16, Vec<u8>);
/// What answers the body of a request.
pub type Script = dyn FnMut(&str) -> Reply + Send;

/// A server that answers `POST /w/add-checkpoint` by a script.
pub struct WitnessServer {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    script: Mutex<Box<Script>>,
    bodies: Mutex<Vec<String>>,
    connections: AtomicUsize,
    is_closed: AtomicBool,
}

impl WitnessServer {
    /// On a port of its own.
    pub fn start(script: impl FnMut(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            bodies: Mutex::default(),
            connections: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.is_closed.load(Ordering::SeqCst) {
                    return;
                }
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let serving = Arc::clone(&serving);
                thread::spawn(move || serve(stream.unwrap(), &serving));
            }
        });
        Self { address, shared }
    }

    /// The URL for a policy.
    pub fn url(&self) -> String {
        format!("http://{}/w", self.address)
    }

    /// The bodies of all requests so far.
    pub fn bodies(&self) -> Vec<String> {
        self.shared.bodies.lock().unwrap().clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for WitnessServer {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        // The listener sees it at its next connection.
        drop(TcpStream::connect(&self.address));
    }
}

/// Answers request after request, until the other end closes the connection or takes nothing any more.
fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((line, body)) = next_request(&mut reader) {
        assert_eq!(line, "POST /w/add-checkpoint HTTP/1.1");
        shared.bodies.lock().unwrap().push(body.clone());
        let (status, answer) = (shared.script.lock().unwrap())(&body);
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        if stream.write_all(&[head.into_bytes(), answer].concat()).is_err() {
            return;
        }
    }
}

/// The request line and the body.
fn next_request(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some((lines[0].clone(), String::from_utf8(body).unwrap()))
}

/// A witness that follows C2SP tlog-witness: it knows one log, and signs with the keys of some seeds.
pub struct GoodWitness {
    log: VerifierKey,
    seeds: Vec<u8>,
    time_s: u64,
    latest: TreeHead,
}

impl GoodWitness {
    /// Its clock shows a second more at each cosignature.
    pub fn new(log: VerifierKey, seeds: &[u8], time_s: u64) -> Self {
        Self {
            log,
            seeds: seeds.to_vec(),
            time_s,
            latest: TreeHead {
                size: TreeSize::new(0),
                root: empty_root(),
            },
        }
    }

    /// Status and body of the answer to a request.
    pub fn answer(&mut self, body: &str) -> Reply {
        match self.cosign(body) {
            Ok(lines) => (200, lines.into_bytes()),
            Err(refusal) => refusal,
        }
    }

    fn cosign(&mut self, body: &str) -> Result<String, Reply> {
        let refused = |status: u16| (status, Vec::new());
        let (request, note) = body.split_once("\n\n").ok_or(refused(400))?;
        let mut lines = request.lines();
        let old: u64 = lines
            .next()
            .and_then(|line| line.strip_prefix("old ")?.parse().ok())
            .ok_or(refused(400))?;
        let hash = |line| decode_standard_array(line).map(NodeHash::from_bytes);
        let proof: Option<Vec<NodeHash>> = lines.map(hash).collect();
        let proof = proof.filter(|proof| proof.len() <= 63).ok_or(refused(400))?;
        let checkpoint = Checkpoint::open(note.as_bytes(), &self.log).map_err(|_| refused(403))?;
        let head = checkpoint.head();
        if old > head.size.value() {
            return Err(refused(400));
        }
        if old != self.latest.size.value() {
            return Err((409, format!("{}\n", self.latest.size).into_bytes()));
        }
        verify_consistency(self.latest.size, &self.latest.root, head.size, &head.root, &proof)
            .map_err(|_| refused(422))?;
        self.latest = head.clone();
        self.time_s += 1;
        let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
        let line = |seed: &u8| cosignature(*seed, note.danger_text(), self.time_s).to_string();
        Ok(self.seeds.iter().map(line).collect())
    }
}

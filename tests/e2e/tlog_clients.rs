//! Clients that others wrote read `/log/`: the checkpoint opens, every tile and bundle checks, consistency
//! holds between the sizes at which tiles fill.

use crate::log::LogProcess;
use harness::client::Client;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash, stored_hash_index,
};

/// Tile height of C2SP tlog-tiles.
const HEIGHT: u8 = 8;

struct HttpTiles<'a>(&'a Client);

impl TileReader for HttpTiles<'_> {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // The client's path is tile/<height>/<level>/…; C2SP has the height fixed and leaves it out.
        Ok(tiles
            .iter()
            .map(|tile| {
                let path = tile.path().replacen("tile/8/", "tile/", 1);
                let answer = self.0.get(&format!("/log/{path}")).unwrap();
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                answer.body
            })
            .collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

/// Opens the checkpoint with the signed-note client and reads it with the tlog client.
fn open_checkpoint(log: &LogProcess) -> (u64, Hash) {
    let bytes = log.client.get("/log/checkpoint").unwrap().body;
    let note = Note::from_bytes(&bytes).unwrap();
    let verifiers = VerifierList::new(vec![Box::new(StandardVerifier::new(&log.vkey()).unwrap())]);
    let (verified, unknown) = note.verify(&verifiers).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.origin(), kit::server::ORIGIN);
    (checkpoint.size(), *checkpoint.hash())
}

/// The entries of the bundle that holds `index`, and the place of `index` in it.
fn entry_bytes(client: &Client, size: u64, index: u64) -> Vec<u8> {
    let bundle = index / 256;
    let width = (size - bundle * 256).min(256);
    let partial = if width == 256 {
        String::new()
    } else {
        format!(".p/{width}")
    };
    let number = if bundle < 1_000 {
        format!("{bundle:03}")
    } else {
        panic!("larger than these tests go")
    };
    let answer = client
        .get(&format!("/log/tile/entries/{number}{partial}"))
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let entries = verifier::tile::decode_bundle(&answer.body).unwrap();
    assert_eq!(entries.len() as u64, width);
    entries[usize::try_from(index % 256).unwrap()].to_vec()
}

#[test]
fn foreign_clients_verify_the_log_at_every_size_where_tiles_fill() {
    let mut log = LogProcess::new();
    let mut heads = vec![open_checkpoint(&log)];
    for size in [255, 256, 257, 511, 512, 513] {
        log.grow_to(size);
        heads.push(open_checkpoint(&log));
        check_newest(&log, &heads);
    }
}

#[test]
fn foreign_clients_verify_the_log_where_the_second_level_fills() {
    let mut log = LogProcess::new();
    let mut heads = vec![open_checkpoint(&log)];
    for size in [257, 65_535, 65_536, 65_537] {
        log.grow_to(size);
        heads.push(open_checkpoint(&log));
        check_newest(&log, &heads);
    }
}

/// Consistency from every earlier head to the newest, and inclusion of entries at the edges.
fn check_newest(log: &LogProcess, heads: &[(u64, Hash)]) {
    let &(size, root) = heads.last().unwrap();
    let tiles = HttpTiles(&log.client);
    let reader = TileHashReader::new(size, root, &tiles);
    for &(old_size, old_root) in heads {
        let proof = prove_tree(size, old_size, &reader).unwrap();
        check_tree(&proof, size, root, old_size, old_root).unwrap();
    }
    for index in [0, 1, size / 2, size - 2, size - 1] {
        let leaf = reader.read_hashes(&[stored_hash_index(0, index)]).unwrap()[0];
        let proof = prove_record(size, index, &reader).unwrap();
        check_record(&proof, size, root, index, leaf).unwrap();
        assert_eq!(
            record_hash(&entry_bytes(&log.client, size, index)),
            leaf,
            "entry {index} of {size}"
        );
    }
}

#[test]
fn a_tile_wider_than_the_published_head_is_not_served() {
    let mut log = LogProcess::new();
    log.grow_to(300);
    for path in [
        "tile/0/001.p/45",
        "tile/0/001",
        "tile/1/000.p/2",
        "tile/entries/001.p/45",
        "tile/2/000.p/1",
    ] {
        let answer = log.client.get(&format!("/log/{path}")).unwrap();
        assert_eq!(answer.status, 404, "{path}");
    }
    for path in [
        "tile/0/001.p/44",
        "tile/0/001.p/1",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/entries/001.p/44",
    ] {
        let answer = log.client.get(&format!("/log/{path}")).unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
}

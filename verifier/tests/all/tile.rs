//! Tiles: paths, widths, where a node stands, bundles.

use proptest::prelude::*;
use verifier::hash::{NodeHash, leaf_hash};
use verifier::index::TreeSize;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::NodeCoord;
use verifier::tile::{
    TileCoord, TilePath, bundle_width, decode_bundle, decode_tile, encode_bundle, locate, subtree_root,
    tile_width,
};

fn hashes(count: usize) -> Vec<NodeHash> {
    (0..count)
        .map(|i| NodeHash::from(leaf_hash(&i.to_be_bytes())))
        .collect()
}

#[test]
fn paths_are_those_of_the_specification() {
    let path = |level, index, width| {
        TilePath::Hashes {
            coord: TileCoord { level, index },
            width,
        }
        .to_string()
    };
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(0, 1_234_067, 112), "tile/0/x001/x234/067.p/112");
    assert_eq!(path(3, 0, 1), "tile/3/000.p/1");
    assert_eq!(path(0, 1000, 256), "tile/0/x001/000");
    assert_eq!(
        TilePath::Entries {
            index: 999,
            width: 256
        }
        .to_string(),
        "tile/entries/999"
    );
}

#[test]
fn every_other_spelling_of_a_path_is_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x01/000",
        "tile/0/X001/000",
        "tile/0/+01",
        "tile/0/000/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/entries",
        "tile/entries/0",
        "tile/data/000",
        "/tile/0/000",
        "tile//000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(TilePath::parse(path), None, "{path:?}");
    }
    let largest = "tile/0/x018/x446/x744/x073/x709/x551/615";
    assert_eq!(TilePath::parse(largest).unwrap().to_string(), largest);
}

#[test]
fn widths_follow_from_the_size_at_every_boundary() {
    let widths = |size: u64| {
        let size = TreeSize::new(size);
        let width = |level, index| tile_width(TileCoord { level, index }, size);
        [
            bundle_width(0, size),
            bundle_width(1, size),
            width(0, 0),
            width(0, 1),
            width(1, 0),
            width(1, 1),
            width(2, 0),
        ]
    };
    assert_eq!(widths(0), [0; 7]);
    assert_eq!(widths(255), [255, 0, 255, 0, 0, 0, 0]);
    assert_eq!(widths(256), [256, 0, 256, 0, 1, 0, 0]);
    assert_eq!(widths(257), [256, 1, 256, 1, 1, 0, 0]);
    assert_eq!(widths(65_535), [256, 256, 256, 256, 255, 0, 0]);
    assert_eq!(widths(65_536), [256, 256, 256, 256, 256, 0, 1]);
    assert_eq!(widths(70_000), [256, 256, 256, 256, 256, 17, 1]);
    assert_eq!(bundle_width(273, TreeSize::new(70_000)), 112);
    assert_eq!(
        tile_width(TileCoord { level: 63, index: 0 }, TreeSize::new(u64::MAX)),
        0
    );
    assert_eq!(
        tile_width(
            TileCoord {
                level: 0,
                index: u64::MAX
            },
            TreeSize::new(u64::MAX)
        ),
        0
    );
}

#[test]
fn a_node_is_the_root_of_the_hashes_where_it_is_located() {
    let leaves = hashes(1024);
    for level in 0..=7_u8 {
        for index in 0..1024_u64 >> level {
            let (tile, start, count) = locate(NodeCoord { level, index });
            assert_eq!(tile.level, 0);
            let start = usize::try_from(tile.index * 256).unwrap() + usize::from(start);
            let under = &leaves[start..start + usize::from(count)];
            let first = usize::try_from(index << level).unwrap();
            assert_eq!(under, &leaves[first..first + (1 << level)]);
        }
    }
    let (tile, start, count) = locate(NodeCoord { level: 8, index: 300 });
    assert_eq!((tile, start, count), (TileCoord { level: 1, index: 1 }, 44, 1));
    let (tile, start, count) = locate(NodeCoord { level: 63, index: 1 });
    assert_eq!((tile, start, count), (TileCoord { level: 7, index: 0 }, 128, 128));
}

#[test]
fn the_root_of_a_tile_is_that_of_the_second_path() {
    for count in [1, 2, 3, 4, 7, 8, 100, 128, 255, 256] {
        let hashes = hashes(count);
        assert_eq!(
            subtree_root(&hashes),
            NodeHash::from(root_of(&hashes)),
            "{count} hashes"
        );
    }
}

#[test]
fn a_tile_is_1_to_256_whole_hashes() {
    let bytes = vec![7; 257 * 32];
    assert_eq!(decode_tile(&bytes[..32]).unwrap().len(), 1);
    assert_eq!(decode_tile(&bytes[..8192]).unwrap().len(), 256);
    for length in [0, 31, 33, 8191, 8193, 257 * 32] {
        assert_eq!(decode_tile(&bytes[..length]), None, "{length} bytes");
    }
}

#[test]
fn a_bundle_that_is_cut_short_or_too_long_is_refused() {
    let whole = encode_bundle([&b"abc"[..], b"", b"de"]).unwrap();
    assert_eq!(whole, b"\x00\x03abc\x00\x00\x00\x02de");
    assert_eq!(decode_bundle(&whole).unwrap(), [&b"abc"[..], b"", b"de"]);
    for length in [1, 3, 4, 6, 8, 9, 10] {
        assert_eq!(decode_bundle(&whole[..length]), None, "{length} bytes");
    }
    assert_eq!(decode_bundle(&[0; 2 * 256]).unwrap().len(), 256);
    assert_eq!(decode_bundle(&[0; 2 * 257]), None);
    assert_eq!(encode_bundle(std::iter::repeat_n(&b""[..], 257)), None);
    assert_eq!(encode_bundle([&vec![0; 65_536][..]]), None);
}

proptest! {
    #[test]
    fn paths_are_read_as_written_and_as_others_write_them(level in 0..=7_u8, index: u64, width in 1..=256_u16) {
        let ours = TilePath::Hashes { coord: TileCoord { level, index }, width };
        let theirs = tlog_tiles::tile::Tile::new(8, level, index, u32::from(width), false).path();
        prop_assert_eq!(ours.to_string(), theirs.replacen("tile/8/", "tile/", 1));
        prop_assert_eq!(TilePath::parse(&ours.to_string()), Some(ours));

        let ours = TilePath::Entries { index, width };
        let theirs = tlog_tiles::tile::Tile::new(8, 0, index, u32::from(width), true).path();
        prop_assert_eq!(ours.to_string(), theirs.replacen("tile/8/data/", "tile/entries/", 1));
        prop_assert_eq!(TilePath::parse(&ours.to_string()), Some(ours));
    }

    #[test]
    fn a_path_that_is_read_prints_as_it_was(path in "tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Some(parsed) = TilePath::parse(&path) {
            prop_assert_eq!(parsed.to_string(), path);
        }
    }

    #[test]
    fn bundles_are_read_as_written(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..256)) {
        let bundle = encode_bundle(entries.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(decode_bundle(&bundle).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_a_bundle_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        if let Some(entries) = decode_bundle(&bytes) {
            prop_assert_eq!(encode_bundle(entries).unwrap(), bytes);
        }
    }
}

//! Pages, hashes and separators of a stored run, for making proofs.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;

use lru::LruCache;
use verifier::merkle::plan::NodeCoord;
use verifier::runs::{RunDescriptor, RunHash, RunSource, Separator};

use crate::error::ReadError;
use crate::runs::RunParts;
use crate::runs::part::{
    BLOCK_LEVEL, BLOCK_PAGES, block_part, hash_in, hashes_part, read_page, separator_in, separators_part,
};
use crate::store::{LogStore, RunPartKey};

/// Parts that are kept while a proof is made: at 8 KiB, 1 MiB. A walk comes back to those on its way alone.
const PARTS_MAX: NonZeroUsize = NonZeroUsize::new(128).unwrap();
/// Blocks whose hashes are kept; a walk does not come back to the others.
const BLOCKS_MAX: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// One stored run. What it answers is verified by the one who makes the proof.
pub(super) struct StoredRunSource<'a> {
    stored: RunParts<'a>,
    parts: RefCell<LruCache<RunPartKey, Rc<Vec<u8>>>>,
    blocks: RefCell<LruCache<u64, Rc<Block>>>,
}

impl<'a> StoredRunSource<'a> {
    pub(super) fn new(store: &'a dyn LogStore, run: RunDescriptor) -> Self {
        Self {
            stored: RunParts::new(store, run),
            parts: RefCell::new(LruCache::new(PARTS_MAX)),
            blocks: RefCell::new(LruCache::new(BLOCKS_MAX)),
        }
    }

    fn part(&self, key: RunPartKey) -> Result<Rc<Vec<u8>>, ReadError> {
        if let Some(part) = self.parts.borrow_mut().get(&key) {
            return Ok(Rc::clone(part));
        }
        let part = Rc::new(self.stored.part(key)?);
        self.parts.borrow_mut().put(key, Rc::clone(&part));
        Ok(part)
    }

    fn block(&self, number: u64) -> Result<Rc<Block>, ReadError> {
        if let Some(block) = self.blocks.borrow_mut().get(&number) {
            return Ok(Rc::clone(block));
        }
        let part = self.part(block_part(number))?;
        let block = Rc::new(Block::read(&part).ok_or_else(|| self.stored.damaged("block", number))?);
        self.blocks.borrow_mut().put(number, Rc::clone(&block));
        Ok(block)
    }
}

impl RunSource for StoredRunSource<'_> {
    type Error = ReadError;

    fn page(&self, number: u64, page: &mut Vec<u8>) -> Result<(), ReadError> {
        let block = self.block(number / BLOCK_PAGES)?;
        let found = block.page(number % BLOCK_PAGES);
        page.extend_from_slice(found.ok_or_else(|| self.stored.damaged("page", number))?);
        Ok(())
    }

    fn node(&self, node: NodeCoord) -> Result<RunHash, ReadError> {
        let hash = match BLOCK_LEVEL.checked_sub(node.level) {
            None | Some(0) => hash_in(&self.part(hashes_part(node))?, node.index),
            Some(below) => {
                let block = self.block(node.index >> below)?;
                block.hash(node.level, node.index & ((1 << below) - 1))
            }
        };
        hash.ok_or_else(|| self.stored.damaged("subtree", node.index))
    }

    fn separator(&self, page: u64) -> Result<Separator, ReadError> {
        let (block, place) = (page / BLOCK_PAGES, page % BLOCK_PAGES);
        let separator = if place == 0 {
            separator_in(&self.part(separators_part(block))?, block)
        } else {
            self.block(block)?.separator(place)
        };
        separator.ok_or_else(|| self.stored.damaged("separator", page))
    }
}

/// A block with the hashes of its complete subtrees.
struct Block {
    pages: Vec<(Separator, Vec<u8>)>,
    /// By level, from 0; the last has one hash at most.
    hashes: Vec<Vec<RunHash>>,
}

impl Block {
    fn read(part: &[u8]) -> Option<Self> {
        let mut pages = Vec::new();
        let mut rest = part;
        while !rest.is_empty() {
            let (separator, page, behind) = read_page(rest)?;
            pages.push((Separator::parse(separator)?, page.to_vec()));
            rest = behind;
        }
        let leaves = pages.iter().map(|(_, page)| RunHash::of_page(page)).collect();
        let mut hashes: Vec<Vec<RunHash>> = vec![leaves];
        while let Some(below) = hashes.last().filter(|level| level.len() > 1) {
            let level = hashes.len();
            let pairs = below.as_chunks::<2>().0.iter().enumerate();
            let above = pairs.map(|(place, [left, right])| {
                // The right half begins in the middle of its pair.
                let middle = (place << level) + (1 << (level - 1));
                let (separator, _) = pages.get(middle)?;
                Some(RunHash::of_node(*left, *right, separator))
            });
            let above: Option<Vec<RunHash>> = above.collect();
            hashes.push(above?);
        }
        Some(Self { pages, hashes })
    }

    fn page(&self, place: u64) -> Option<&[u8]> {
        Some(&self.pages.get(usize::try_from(place).ok()?)?.1)
    }

    fn separator(&self, place: u64) -> Option<Separator> {
        Some(self.pages.get(usize::try_from(place).ok()?)?.0)
    }

    fn hash(&self, level: u8, place: u64) -> Option<RunHash> {
        let level = self.hashes.get(usize::from(level))?;
        level.get(usize::try_from(place).ok()?).copied()
    }
}

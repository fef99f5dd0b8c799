//! Whether the tree of one size is the beginning of that of another: proved by this server, through the same
//! verifier that anyone runs.

use ledger_query::QueryEngine;
use ledger_query::parameter::whole_number;
use verifier::index::TreeSize;
use verifier::merkle::consistency::verify_consistency;

use crate::error::PageError;
use crate::model::path::consistency_ranges;
use crate::text::{GroupedNumber, Time};

/// One of the two trees.
pub(super) struct ComparedTree {
    pub(super) size: GroupedNumber,
    pub(super) root: String,
    /// The time of the head, where one of exactly this size was signed.
    pub(super) signed: Option<Time>,
}

/// One hash of the proof.
pub(super) struct ProofHash {
    pub(super) number: usize,
    pub(super) hash: String,
    pub(super) covers: String,
}

/// Two trees, and the proof that the smaller one is the beginning of the larger one.
pub(super) struct Consistency {
    /// The smaller one first.
    pub(super) trees: [ComparedTree; 2],
    pub(super) hashes: Vec<ProofHash>,
    /// Why the proof does not hold, where it does not.
    pub(super) fault: Option<String>,
}

impl Consistency {
    pub(super) fn first(&self) -> &ComparedTree {
        let [first, _] = &self.trees;
        first
    }

    pub(super) fn second(&self) -> &ComparedTree {
        let [_, second] = &self.trees;
        second
    }
}

/// Either size may be left out, and their order does not matter.
pub(super) fn of(
    engine: &QueryEngine,
    first: Option<TreeSize>,
    second: Option<TreeSize>,
) -> Result<Option<Consistency>, PageError> {
    let newest = engine.published().head.tree.size;
    let (Some(one), other) = (first.or(second), second.unwrap_or(newest)) else {
        return Ok(None);
    };
    let (first, second) = (one.min(other), one.max(other));
    let hashes = engine.consistency_proof(first, second)?;
    let (Some(old), Some(new)) = (engine.tree_of(first)?, engine.tree_of(second)?) else {
        return Err(PageError::Malformed {
            what: "tree size",
            expected: "1 or more",
        });
    };
    let verified = verify_consistency(first, &old.root, second, &new.root, &hashes);
    let ranges = consistency_ranges(first, second);
    Ok(Some(Consistency {
        trees: [
            tree(engine, first, old.root.to_string())?,
            tree(engine, second, new.root.to_string())?,
        ],
        hashes: hashes
            .iter()
            .zip(ranges)
            .enumerate()
            .map(|(position, (hash, covers))| ProofHash {
                number: position + 1,
                hash: hash.to_string(),
                covers,
            })
            .collect(),
        fault: verified.err().map(|error| error.to_string()),
    }))
}

/// A size as a form sends it.
pub(super) fn size(text: Option<&str>) -> Result<Option<TreeSize>, PageError> {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = whole_number(text).filter(|number| *number > 0);
    let size = number.map(TreeSize::new).ok_or(PageError::Malformed {
        what: "tree size",
        expected: "a whole number from 1 on, in plain digits",
    })?;
    Ok(Some(size))
}

fn tree(engine: &QueryEngine, size: TreeSize, root: String) -> Result<ComparedTree, PageError> {
    let signed = engine.checkpoint_of_size(size)?;
    Ok(ComparedTree {
        size: size.into(),
        root,
        signed: signed.map(|published| Time::new(published.head.time)),
    })
}

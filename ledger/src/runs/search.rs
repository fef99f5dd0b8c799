//! The rows of one key in a stored run: binary search over separators, then some pages.

use std::sync::Arc;

use verifier::index::LeafIndex;
use verifier::runs::{IndexKey, IndexRow, KindCode, rows_of_page};

use super::RunParts;
use super::filter::may_hold;
use super::kept::KeptParts;
use super::part::{
    BLOCK_PAGES, GROUP, block_part, filter_part, page_in, place_in, separator_in, separators_part,
};
use crate::error::ReadError;
use crate::store::LookupOrder;

/// Pages that are read in search of the end of a key before each code is searched for itself: 80 to 96 rows of one key.
const GATHERED_PAGES: u64 = 6;

/// What is asked of a run.
#[derive(Clone, Copy)]
pub(super) struct KeyWindow {
    pub(super) key: IndexKey,
    /// Entries from this one on.
    pub(super) from: LeafIndex,
    /// And in front of this one.
    pub(super) to: LeafIndex,
    pub(super) order: LookupOrder,
    pub(super) limit: usize,
}

/// One run that is searched for one key. It finds what is stored: whether that is what was signed, nobody asks here.
pub(super) struct RunSearch<'a> {
    parts: RunParts<'a>,
    kept: &'a KeptParts,
    window: KeyWindow,
    /// The block that was read last.
    block: Option<(u64, Arc<Vec<u8>>)>,
}

impl<'a> RunSearch<'a> {
    pub(super) fn new(parts: RunParts<'a>, kept: &'a KeptParts, window: KeyWindow) -> Self {
        Self {
            parts,
            kept,
            window,
            block: None,
        }
    }

    /// The entries, in the order that was asked for, each once.
    pub(super) fn indices(mut self) -> Result<Vec<LeafIndex>, ReadError> {
        let Some(page) = self.first_page()? else {
            return Ok(Vec::new());
        };
        let mut found = match self.gathered(page)? {
            Some(found) => found,
            None => self.by_code()?,
        };
        found.sort_unstable();
        if self.window.order == LookupOrder::Descending {
            found.reverse();
        }
        found.truncate(self.window.limit);
        Ok(found)
    }

    /// The page where the rows of the key begin, if there are any. `None` where the filter says that the run has none; a run that an older
    /// version wrote has no filter.
    fn first_page(&mut self) -> Result<Option<u64>, ReadError> {
        let begin = KindCode::new(1).and_then(|code| self.bound(code, LeafIndex::ZERO));
        let Some(begin) = begin else {
            return Ok(None);
        };
        let Some(block) = self.block_of(&begin)? else {
            return Ok(None);
        };
        let filter = self.kept.filters.find(&self.parts, filter_part(block))?;
        if filter.is_some_and(|filter| !may_hold(&filter, &self.window.key)) {
            return Ok(None);
        }
        self.page_in(block, &begin).map(Some)
    }

    /// All entries of the window, where the rows of the key end within some pages; most keys have fewer rows than these.
    fn gathered(&mut self, first: u64) -> Result<Option<Vec<LeafIndex>>, ReadError> {
        let KeyWindow { key, from, to, .. } = self.window;
        let end = first.saturating_add(GATHERED_PAGES).min(self.parts.run.pages);
        let mut found = Vec::new();
        for page in first..end {
            for row in self.rows(page)? {
                if row.key() > key {
                    return Ok(Some(found));
                }
                if row.key() == key && (from..to).contains(&row.index()) {
                    found.push(row.index());
                }
            }
        }
        Ok((end == self.parts.run.pages).then_some(found))
    }

    /// The same of a key with many rows. They are sorted by code, and those of one code by entry: each code is a list of its own.
    fn by_code(&mut self) -> Result<Vec<LeafIndex>, ReadError> {
        let mut found = Vec::new();
        let mut code = KindCode::new(1);
        while let Some(begin) = code.and_then(|code| self.bound(code, LeafIndex::ZERO)) {
            let Some(first) = self.first_from(&begin)? else {
                break;
            };
            match self.window.order {
                LookupOrder::Ascending => self.ascend(first.code(), &mut found)?,
                LookupOrder::Descending => self.descend(first.code(), &mut found)?,
            }
            code = first.code().value().checked_add(1).and_then(KindCode::new);
        }
        Ok(found)
    }

    fn bound(&self, code: KindCode, index: LeafIndex) -> Option<IndexRow> {
        IndexRow::new(self.window.key, code, index)
    }

    /// The first row of the key at or behind a bound.
    fn first_from(&mut self, bound: &IndexRow) -> Result<Option<IndexRow>, ReadError> {
        let Some(mut page) = self.page_of(bound)? else {
            return Ok(None);
        };
        while page < self.parts.run.pages {
            if let Some(row) = self.rows(page)?.into_iter().find(|row| row >= bound) {
                return Ok(Some(row).filter(|row| row.key() == self.window.key));
            }
            page = page.saturating_add(1);
        }
        Ok(None)
    }

    /// The first entries of a code in the window.
    fn ascend(&mut self, code: KindCode, found: &mut Vec<LeafIndex>) -> Result<(), ReadError> {
        let KeyWindow {
            key, from, to, limit, ..
        } = self.window;
        let Some(begin) = self.bound(code, from) else {
            return Ok(());
        };
        let end = found.len().saturating_add(limit);
        let mut next = self.page_of(&begin)?;
        while let Some(page) = next.filter(|page| *page < self.parts.run.pages) {
            for row in self.rows(page)?.into_iter().filter(|row| *row >= begin) {
                if row.key() != key || row.code() != code || row.index() >= to || found.len() >= end {
                    return Ok(());
                }
                found.push(row.index());
            }
            next = page.checked_add(1);
        }
        Ok(())
    }

    /// The last entries of a code in the window.
    fn descend(&mut self, code: KindCode, found: &mut Vec<LeafIndex>) -> Result<(), ReadError> {
        let KeyWindow {
            key, from, to, limit, ..
        } = self.window;
        let Some(behind) = self.bound(code, to) else {
            return Ok(());
        };
        let end = found.len().saturating_add(limit);
        let mut next = self.page_of(&behind)?;
        while let Some(page) = next {
            for row in self.rows(page)?.into_iter().rev().filter(|row| *row < behind) {
                if row.key() != key || row.code() != code || row.index() < from || found.len() >= end {
                    return Ok(());
                }
                found.push(row.index());
            }
            next = page.checked_sub(1);
        }
        Ok(())
    }

    /// The page where a row can be; the first row behind it is in this page or the next. `None` in a run without pages.
    fn page_of(&mut self, bound: &IndexRow) -> Result<Option<u64>, ReadError> {
        match self.block_of(bound)? {
            Some(block) => self.page_in(block, bound).map(Some),
            None => Ok(None),
        }
    }

    fn page_in(&mut self, block: u64, bound: &IndexRow) -> Result<u64, ReadError> {
        let bytes = self.block(block)?;
        let place = place_in(&bytes, &bound.to_bytes()).ok_or_else(|| self.parts.damaged("block", block))?;
        Ok(block.saturating_mul(BLOCK_PAGES).saturating_add(place))
    }

    /// The last block that does not begin behind a row.
    fn block_of(&self, bound: &IndexRow) -> Result<Option<u64>, ReadError> {
        let blocks = self.parts.run.pages.div_ceil(BLOCK_PAGES);
        let Some(groups) = blocks.div_ceil(GROUP).checked_sub(1) else {
            return Ok(None);
        };
        let bound = bound.to_bytes();
        let is_behind = |group: &[u8], block| {
            let separator =
                separator_in(group, block).ok_or_else(|| self.parts.damaged("separator", block))?;
            Ok::<_, ReadError>(separator.as_bytes() > bound.as_slice())
        };
        let separators = |block| self.kept.separators.part(&self.parts, separators_part(block));
        let group = last_before(0, groups.saturating_add(1), |group| {
            let first = group.saturating_mul(GROUP);
            is_behind(&separators(first)?, first)
        })?;
        let first = group.saturating_mul(GROUP);
        let end = first.saturating_add(GROUP).min(blocks);
        let separators = separators(first)?;
        last_before(first, end, |block| is_behind(&separators, block)).map(Some)
    }

    fn rows(&mut self, page: u64) -> Result<Vec<IndexRow>, ReadError> {
        let (block, place) = (page / BLOCK_PAGES, page % BLOCK_PAGES);
        let bytes = self.block(block)?;
        let page = page_in(&bytes, place).and_then(|page| rows_of_page(page).ok());
        page.ok_or_else(|| self.parts.damaged("block", block))
    }

    fn block(&mut self, number: u64) -> Result<Arc<Vec<u8>>, ReadError> {
        if let Some((_, block)) = self.block.as_ref().filter(|(read, _)| *read == number) {
            return Ok(Arc::clone(block));
        }
        let block = self.kept.blocks.part(&self.parts, block_part(number))?;
        self.block = Some((number, Arc::clone(&block)));
        Ok(block)
    }
}

/// The last number in front of the first that is behind something, or the first of all; `begin` is below `end`.
fn last_before(
    begin: u64,
    end: u64,
    is_behind: impl Fn(u64) -> Result<bool, ReadError>,
) -> Result<u64, ReadError> {
    let (mut low, mut high) = (begin, end);
    while high.saturating_sub(low) > 1 {
        let middle = low.midpoint(high);
        if is_behind(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(low)
}

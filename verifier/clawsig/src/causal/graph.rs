//! Step 25: clocks, references, reuse, order, cycles, confidence, connectivity, in the reference's order.

use std::collections::BTreeMap;

use crate::{ClawsigFailure, Reason};

use super::binding::BindingEntry;

/// Most that may be claimed for a receipt that is linked to others, for one that has only a span, and for one
/// that has nothing.
const DIRECT: f64 = 1.0;
const INFERRED: f64 = 0.5;
const UNATTRIBUTED: f64 = 0.0;

/// The graph: a node for each span, in the order in which spans first occur. What a node says is what the
/// first receipt with its span says.
struct Nodes<'e, 'a> {
    first: Vec<&'e BindingEntry<'a>>,
    by_span: BTreeMap<&'a str, usize>,
}

/// Checks the graph; the spans that it knows.
pub(super) fn check<'a>(entries: &[BindingEntry<'a>]) -> Result<BTreeMap<&'a str, usize>, ClawsigFailure> {
    let mut nodes = Nodes {
        first: Vec::new(),
        by_span: BTreeMap::new(),
    };
    for entry in entries {
        if let Some(span) = entry.spans.own
            && !nodes.by_span.contains_key(span)
        {
            nodes.by_span.insert(span, nodes.first.len());
            nodes.first.push(entry);
        }
    }
    entries.iter().try_for_each(|entry| nodes.check_entry(entry))?;
    entries.iter().try_for_each(|entry| nodes.check_reuse(entry))?;
    nodes
        .first
        .iter()
        .try_for_each(|entry| nodes.check_order(entry))?;
    nodes.check_cycles(entries)?;
    check_confidence(entries, &nodes)?;
    nodes.check_connected()?;
    Ok(nodes.by_span)
}

fn fail(reason: Reason, message: &str) -> Result<(), ClawsigFailure> {
    Err(ClawsigFailure::fail(reason, message))
}

/// What may follow what.
fn may_follow(parent: &str, child: &str) -> bool {
    let allowed: &[&str] = match parent {
        "setup" => &["setup", "planning"],
        "planning" => &["planning", "reasoning", "execution"],
        "reasoning" => &["reasoning", "execution", "observation"],
        "execution" => &["execution", "observation", "reflection", "teardown"],
        "observation" => &["observation", "reflection", "teardown"],
        "reflection" => &["reflection", "teardown"],
        "teardown" => &["teardown"],
        _ => &[],
    };
    allowed.contains(&child)
}

impl<'a> Nodes<'_, 'a> {
    fn index(&self, span: Option<&'a str>) -> Option<usize> {
        self.by_span.get(span?).copied()
    }

    fn node(&self, span: Option<&'a str>) -> Option<&BindingEntry<'a>> {
        self.first.get(self.index(span)?).copied()
    }

    /// Clock and references of one receipt. Phase and range were the schema's.
    fn check_entry(&self, entry: &BindingEntry<'a>) -> Result<(), ClawsigFailure> {
        match (entry.timestamp, entry.issued_at) {
            (Some(timestamp), Some(issued_at)) if timestamp <= issued_at => {}
            _ => {
                let message = "a receipt is stamped later than it was issued, or has no time to compare with";
                return fail(Reason::CausalClockContradiction, message);
            }
        }
        for span in [entry.spans.parent, entry.spans.tool] {
            if span.is_some() && self.index(span).is_none() {
                let message = "a receipt names a span that no receipt has";
                return fail(Reason::CausalReferenceDangling, message);
            }
        }
        Ok(())
    }

    /// A span that occurs again says what it said first.
    fn check_reuse(&self, entry: &BindingEntry<'a>) -> Result<(), ClawsigFailure> {
        let Some(first) = self.node(entry.spans.own) else {
            return Ok(());
        };
        if first.timestamp != entry.timestamp {
            let message = "two receipts have one span and different times";
            return fail(Reason::CausalClockContradiction, message);
        }
        let conflicts = differ(first.spans.parent, entry.spans.parent)
            || differ(first.spans.tool, entry.spans.tool)
            || differ(first.phase, entry.phase)
            || differ(
                first.confidence.map(f64::to_bits),
                entry.confidence.map(f64::to_bits),
            );
        if conflicts {
            let message = "two receipts have one span and say different things of it";
            return fail(Reason::CausalSpanReuseConflict, message);
        }
        Ok(())
    }

    /// A node is not before its parent, and in a phase that may follow.
    fn check_order(&self, entry: &BindingEntry<'a>) -> Result<(), ClawsigFailure> {
        for span in [entry.spans.parent, entry.spans.tool] {
            let Some(parent) = self.node(span) else { continue };
            if entry.timestamp < parent.timestamp {
                let message = "a receipt is stamped earlier than the one it follows from";
                return fail(Reason::CausalClockContradiction, message);
            }
            if let (Some(before), Some(after)) = (parent.phase, entry.phase)
                && !may_follow(before, after)
            {
                let message = format!("{after} follows from {before}");
                return fail(Reason::CausalPhaseTransitionInvalid, &message);
            }
        }
        Ok(())
    }

    /// No span is its own ancestor. A span's parent is the first that any receipt gives it.
    fn check_cycles(&self, entries: &[BindingEntry<'a>]) -> Result<(), ClawsigFailure> {
        let mut parents = vec![None; self.first.len()];
        for entry in entries {
            let slot = self
                .index(entry.spans.own)
                .and_then(|index| parents.get_mut(index));
            if let Some(slot @ None) = slot {
                *slot = self.index(entry.spans.parent);
            }
        }
        // Every node is left once: a walk ends where an earlier one has been, and fails where it has been itself.
        let mut walked_by = vec![None; parents.len()];
        for start in 0..parents.len() {
            let mut next = Some(start);
            while let Some(index) = next {
                match walked_by.get_mut(index) {
                    Some(walk @ None) => *walk = Some(start),
                    Some(Some(walk)) if *walk == start => {
                        let message = "a span is its own ancestor";
                        return fail(Reason::CausalCycleDetected, message);
                    }
                    _ => break,
                }
                next = parents.get(index).copied().flatten();
            }
        }
        Ok(())
    }

    /// There is a root, every node leads to one, and all hangs together.
    fn check_connected(&self) -> Result<(), ClawsigFailure> {
        let disconnected = |message: &str| fail(Reason::CausalGraphDisconnected, message);
        if self.first.is_empty() {
            return Ok(());
        }
        let edges: Vec<[Option<usize>; 2]> = self
            .first
            .iter()
            .map(|entry| [self.index(entry.spans.parent), self.index(entry.spans.tool)])
            .collect();
        if !edges.contains(&[None, None]) {
            return disconnected("the graph has no root");
        }
        if !all_reach_a_root(&edges) {
            return disconnected("a span leads to no root");
        }
        if !is_one_component(&edges) {
            return disconnected("the graph falls apart into pieces");
        }
        Ok(())
    }
}

/// Whether both say something, and not the same.
fn differ<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> bool {
    one.is_some() && other.is_some() && one != other
}

/// Nobody claims more than the links show.
fn check_confidence<'a>(entries: &[BindingEntry<'a>], nodes: &Nodes<'_, 'a>) -> Result<(), ClawsigFailure> {
    let mut referred = vec![false; nodes.first.len()];
    for entry in entries {
        for span in [entry.spans.parent, entry.spans.tool] {
            if let Some(slot) = nodes.index(span).and_then(|index| referred.get_mut(index)) {
                *slot = true;
            }
        }
    }
    for entry in entries {
        let linked = entry.spans.parent.is_some() || entry.spans.tool.is_some();
        let own = nodes.index(entry.spans.own);
        let max = match own {
            _ if linked => DIRECT,
            Some(index) if referred.get(index) == Some(&true) => DIRECT,
            Some(_) => INFERRED,
            None => UNATTRIBUTED,
        };
        if entry.confidence.is_some_and(|confidence| confidence > max) {
            let message =
                format!("a receipt claims more confidence than {max}, which is what its links show");
            return fail(Reason::CausalConfidenceEvidenceInconsistent, &message);
        }
    }
    Ok(())
}

/// How far the search for roots got with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeSearch {
    Unseen,
    /// Below the node that is searched now: reached again, it counts as no way to a root.
    OnPath,
    Done(bool),
}

/// Depth first, each node once, with the reference's memory: what a node gave while one of its ancestors was on
/// the path stands. So a ring over parents and tools is refused also where one of its spans has a root.
fn all_reach_a_root(edges: &[[Option<usize>; 2]]) -> bool {
    let mut states: Vec<NodeSearch> = edges
        .iter()
        .map(|ways| {
            if *ways == [None, None] {
                NodeSearch::Done(true)
            } else {
                NodeSearch::Unseen
            }
        })
        .collect();
    (0..edges.len()).all(|start| {
        // A node, how many of its ways were taken, and whether one led to a root.
        let mut path = vec![(start, 0_usize, false)];
        let mut found = states.get(start) == Some(&NodeSearch::Done(true));
        if states.get(start) != Some(&NodeSearch::Unseen) {
            return found;
        }
        while let Some((index, taken, reached)) = path.pop() {
            if let Some(state) = states.get_mut(index) {
                *state = NodeSearch::OnPath;
            }
            let way = edges.get(index).and_then(|ways| ways.get(taken));
            let Some(way) = way else {
                if let Some(state) = states.get_mut(index) {
                    *state = NodeSearch::Done(reached);
                }
                if let Some((_, _, above)) = path.last_mut() {
                    *above |= reached;
                }
                found = reached;
                continue;
            };
            let next = way.and_then(|next| Some((next, *states.get(next)?)));
            let reached = reached || matches!(next, Some((_, NodeSearch::Done(true))));
            path.push((index, taken.saturating_add(1), reached));
            if let Some((next, NodeSearch::Unseen)) = next {
                path.push((next, 0, false));
            }
        }
        found
    })
}

fn is_one_component(edges: &[[Option<usize>; 2]]) -> bool {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (index, ways) in edges.iter().enumerate() {
        for &way in ways.iter().flatten() {
            if let Some(list) = neighbours.get_mut(index) {
                list.push(way);
            }
            if let Some(list) = neighbours.get_mut(way) {
                list.push(index);
            }
        }
    }
    let mut unseen = edges.len();
    let mut seen = vec![false; edges.len()];
    let mut stack = vec![0];
    while let Some(index) = stack.pop() {
        match seen.get_mut(index) {
            Some(seen @ false) => *seen = true,
            _ => continue,
        }
        unseen = unseen.saturating_sub(1);
        stack.extend(neighbours.get(index).into_iter().flatten());
    }
    unseen == 0
}

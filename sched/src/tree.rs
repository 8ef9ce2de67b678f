//! An ordered tree over an array of slots.
//!
//! The nodes live inside the slots of a policy, so nothing is allocated and a slot can be in several trees
//! at once ([`Entry`]; [`Linked`] if it is only one). It is a height-balanced binary search tree (Adelson-
//! Velsky and Landis, 1962) with parent links, so every operation is a loop of at most 1.44 log₂ n steps
//! and nothing recurses. Each node carries the OR of the masks below it: with affinity masks that finds
//! the first entry *allowed on a pCPU* in O(log n). Equal keys keep the order of insertion.
//!
//! Every decision of a scheduler comes through here, so the paths are short. What a scheduler does most, taking
//! the first entry and joining behind the last, walks nowhere: both ends are kept. Mending ends at the first
//! node that does not change, and one look-up tests both for the end of a path and for the range of the index,
//! because no slot has the index that means "none".

mod shape;

use crate::Table;
use shape::{Ends, at, at_mut, leftmost, search, usable};

/// No slot.
const NIL: u16 = u16::MAX;

/// The sides of a node.
const LEFT: bool = false;
const RIGHT: bool = true;

/// The part of a slot that belongs to a tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Node<K> {
    key: K,
    mask: u64,
    any: u64,
    child: [u16; 2],
    parent: u16,
    height: u8,
}

impl<K> Node<K> {
    /// A node outside any tree.
    pub const fn new(key: K) -> Self {
        Self { key, mask: 0, any: 0, child: [NIL; 2], parent: NIL, height: 0 }
    }

    /// True while the node is in its tree.
    pub const fn is_linked(&self) -> bool {
        self.height != 0
    }

    /// The key under which the node is, or last was, in its tree.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// The mask under which the node is, or last was, in its tree.
    pub const fn mask(&self) -> u64 {
        self.mask
    }

    const fn on(&self, side: bool) -> u16 {
        self.child[side as usize]
    }
}

/// A slot that can be in several trees, with a node for each. The code is the same for all of them, so
/// that it stands in the image once.
pub trait Entry: Copy {
    /// What the trees are ordered by.
    type Key: Ord + Copy;
    /// The slot's node of this tree.
    fn node(&self, tree: usize) -> &Node<Self::Key>;
    /// The slot's node of this tree.
    fn node_mut(&mut self, tree: usize) -> &mut Node<Self::Key>;
}

impl<S: Linked<0>> Entry for S {
    type Key = <S as Linked<0>>::Key;
    #[inline(always)]
    fn node(&self, _: usize) -> &Node<Self::Key> {
        Linked::node(self)
    }
    #[inline(always)]
    fn node_mut(&mut self, _: usize) -> &mut Node<Self::Key> {
        Linked::node_mut(self)
    }
}

/// A slot that can be in one tree only: number 0.
pub trait Linked<const TREE: usize>: Copy {
    /// What the tree is ordered by.
    type Key: Ord + Copy;
    /// The slot's node of this tree.
    fn node(&self) -> &Node<Self::Key>;
    /// The slot's node of this tree.
    fn node_mut(&mut self) -> &mut Node<Self::Key>;
}

/// Tree number `TREE` over a table of slots. It must always be used with the same table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tree<const TREE: usize> {
    ends: Ends,
}

impl<const TREE: usize> Default for Tree<TREE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TREE: usize> Tree<TREE> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { ends: Ends::NONE }
    }

    /// True without entries.
    pub const fn is_empty(&self) -> bool {
        self.ends.root == NIL
    }

    /// Puts slot `index` into the tree, behind equal keys. Does nothing for a slot that is in already,
    /// or does not exist.
    #[inline]
    pub fn insert<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        index: u16,
        key: S::Key,
        mask: u64,
    ) {
        self.ends.link(usable(slots), TREE, index, key, mask);
    }

    /// Takes slot `index` out of the tree; does nothing if it is not in.
    #[inline]
    pub fn remove<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, index: u16) {
        let slots = usable(slots);
        if at(slots, TREE, index).is_some_and(Node::is_linked) {
            self.ends.unlink(slots, TREE, index);
        }
    }

    /// Takes `old` out and puts `index` in. If `old` is the first entry and `index` belongs in its place, as
    /// when one vCPU pre-empts another, it takes the place over and nothing else moves.
    #[inline]
    pub fn exchange<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        old: u16,
        index: u16,
        key: S::Key,
        mask: u64,
    ) {
        self.ends.relink(usable(slots), TREE, old, index, key, mask);
    }

    /// The same for slots at hand, if `old` is the only entry: as short as can be, for two vCPUs that take turns.
    /// Else false, and nothing has changed.
    #[inline(always)]
    pub fn exchange_lone<S: Entry>(
        &mut self,
        (old, gone): (u16, &mut S),
        (index, new): (u16, &mut S),
        key: S::Key,
        mask: u64,
    ) -> bool {
        let (gone, new) = (gone.node_mut(TREE), new.node_mut(TREE));
        if self.ends.root != old || gone.height != 1 || new.is_linked() || index == NIL {
            return false;
        }
        // Neither node has neighbours, and a node outside has none either.
        gone.height = 0;
        (new.key, new.mask, new.any, new.height) = (key, mask, mask, 1);
        self.ends = Ends { root: index, first: index, last: index };
        true
    }

    /// Gives the entry `index` another mask; its place does not change.
    #[inline]
    pub fn set_mask<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, index: u16, mask: u64) {
        let slots = usable(slots);
        if let Some(node) = at_mut(slots, TREE, index)
            && node.is_linked()
            && node.mask != mask
        {
            node.mask = mask;
            self.ends.mend(slots, TREE, index, NIL);
        }
    }

    /// The entry with the smallest key.
    #[inline]
    pub fn first<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&self, _: &Table<S, M>) -> Option<u16> {
        if self.ends.first == NIL { None } else { Some(self.ends.first) }
    }

    /// The entry with the smallest key among those whose mask meets `wanted`.
    #[inline(always)]
    pub fn first_with<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>, wanted: u64) -> Option<u16> {
        if self.ends.first == NIL {
            return None;
        }
        let first = at(slots.as_slice(), TREE, self.ends.first)?;
        if first.mask & wanted != 0 {
            Some(self.ends.first)
        } else {
            search(slots.as_slice(), TREE, self.ends.root, wanted)
        }
    }

    /// The entry that follows `index` in order.
    pub fn next<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>, index: u16) -> Option<u16> {
        let slots = slots.as_slice();
        if index == NIL {
            return None;
        }
        let node = at(slots, TREE, index).filter(|node| node.is_linked())?;
        if node.on(RIGHT) != NIL {
            return Some(leftmost(slots, TREE, node.on(RIGHT)));
        }
        let (mut below, mut above) = (index, node.parent);
        while above != NIL {
            let node = at(slots, TREE, above)?;
            if node.on(RIGHT) != below {
                return Some(above);
            }
            (below, above) = (above, node.parent);
        }
        None
    }
}

#[cfg(test)]
mod tests;

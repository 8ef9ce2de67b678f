//! An ordered tree over an array of slots.
//!
//! The nodes live inside the slots of a policy, so nothing is allocated and a slot can be in several trees
//! at once ([`Entry`]; [`Linked`] if it is only one). It is a height-balanced binary search tree (Adelson-
//! Velsky and Landis, 1962) with parent links, so every operation is a loop of at most 1.44 log₂ n steps
//! and nothing recurses. Each node carries the OR of the masks below it: with affinity masks that finds
//! the first entry *allowed on a pCPU* in O(log n). Equal keys keep the order of insertion.
//!
//! Every decision of a scheduler comes through here, so the paths are short: the first entry is kept, mending
//! ends at the first node that does not change, and one look-up tests both for the end of a path and for
//! the range of the index, because no slot has the index that means "none".

use crate::Table;

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

/// Where a tree begins: what its code, which is the same for every number, works on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Ends {
    root: u16,
    first: u16,
}

impl<const TREE: usize> Default for Tree<TREE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TREE: usize> Tree<TREE> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { ends: Ends { root: NIL, first: NIL } }
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

    /// [`Self::exchange`] between the only entry, which has the node `out`, and slot `index`, which has `new`.
    /// Does nothing and returns false if there are others, or `index` is in already.
    #[inline(always)]
    pub fn replace_only<K>(&mut self, out: &mut Node<K>, new: &mut Node<K>, index: u16, key: K, mask: u64) -> bool {
        let alone = out.height == 1 && out.parent == NIL;
        if !alone || new.is_linked() || index == NIL {
            return false;
        }
        // A node outside has no neighbours: nothing to correct there.
        out.height = 0;
        (new.key, new.mask, new.any, new.height) = (key, mask, mask, 1);
        self.ends = Ends { root: index, first: index };
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

    /// True if the entry with the smallest key has a mask that meets `wanted`.
    #[inline(always)]
    pub fn leads_with<S: Entry, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>, wanted: u64) -> bool {
        self.ends.first != NIL
            && at(slots.as_slice(), TREE, self.ends.first).is_some_and(|node| node.mask & wanted != 0)
    }

    /// The entry with the smallest key among those whose mask meets `wanted`.
    #[inline]
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

impl Ends {
    #[inline(never)]
    fn link<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16, key: S::Key, mask: u64) {
        let Some(node) = at_mut(slots, tree, index).filter(|node| !node.is_linked()) else { return };
        *node = Node { key, mask, any: mask, child: [NIL; 2], parent: NIL, height: 1 };
        if self.root == NIL {
            (self.root, self.first) = (index, index);
        } else {
            self.attach(slots, tree, index, key, mask);
        }
    }

    /// Finds the place of the entry `index`.
    #[inline(never)]
    fn attach<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16, key: S::Key, mask: u64) {
        let (mut parent, mut side, mut next, mut leads) = (NIL, LEFT, self.root, true);
        while let Some(node) = at_mut(slots, tree, next) {
            node.any |= mask;
            side = key >= node.key;
            leads &= side == LEFT;
            (parent, next) = (next, node.on(side));
        }
        if leads {
            self.first = index;
        }
        match at_mut(slots, tree, parent) {
            Some(node) => node.child[side as usize] = index,
            None => self.root = index,
        }
        set_parent(slots, tree, index, parent);
        self.grow(slots, tree, index, parent);
    }

    /// The entry `below` is new under `top`: corrects heights and balance above it.
    #[inline]
    fn grow<S: Entry>(&mut self, slots: &mut [S], tree: usize, mut below: u16, mut top: u16) {
        let mut tall = 1;
        while let Some(node) = at_mut(slots, tree, top)
            && node.height == tall
        {
            let side = node.on(RIGHT) == below;
            let (other, parent) = (node.on(!side), node.parent);
            node.height = tall + 1;
            if height(slots, tree, other) + 1 < tall {
                return self.balance(slots, tree, top, side);
            }
            (below, top, tall) = (top, parent, tall + 1);
        }
    }

    #[inline(never)]
    fn relink<S: Entry>(&mut self, slots: &mut [S], tree: usize, old: u16, index: u16, key: S::Key, mask: u64) {
        let front = at(slots, tree, old).filter(|node| node.is_linked() && old == self.first).copied();
        let free = at(slots, tree, index).is_some_and(|node| !node.is_linked());
        let Some(node) = front.filter(|node| free && leads(slots, tree, node, &key)) else {
            self.unlink(slots, tree, old);
            return self.link(slots, tree, index, key, mask);
        };
        if let Some(gone) = at_mut(slots, tree, old) {
            (gone.child, gone.parent, gone.height) = ([NIL; 2], NIL, 0);
        }
        let Node { any, child, parent, height, .. } = node;
        if let Some(new) = at_mut(slots, tree, index) {
            *new = Node { key, mask, any, child, parent, height };
        }
        self.first = index;
        set_parent(slots, tree, node.on(RIGHT), index);
        self.hang_on(slots, tree, index, parent, LEFT);
        if mask != node.mask {
            self.mend(slots, tree, index, NIL);
        }
    }

    #[inline(never)]
    fn unlink<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16) {
        let Some(node) = at_mut(slots, tree, index).filter(|node| node.is_linked()) else { return };
        if node.height == 1 && node.parent == NIL {
            node.height = 0;
            (self.root, self.first) = (NIL, NIL);
        } else {
            self.detach(slots, tree, index);
        }
    }

    /// Takes out an entry beside which there are others.
    #[inline(never)]
    fn detach<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16) {
        let Some(node) = at_mut(slots, tree, index) else { return };
        let Node { any, child: [left, right], parent, height, .. } = *node;
        (node.child, node.parent, node.height) = ([NIL; 2], NIL, 0);
        if index == self.first {
            // Nothing is on its left, so at most one entry is on its right.
            self.first = if right == NIL { parent } else { right };
        }
        let (mut start, mut past) = (parent, NIL);
        if left == NIL || right == NIL {
            self.hang(slots, tree, if left == NIL { right } else { left }, parent, index);
        } else {
            let heir = leftmost(slots, tree, right);
            let (above, orphan) = at(slots, tree, heir).map_or((NIL, NIL), |node| (node.parent, node.on(RIGHT)));
            let mut child = [left, right];
            (start, past) = (above, heir);
            if above == index {
                (child, start) = ([left, orphan], heir);
            } else {
                self.hang_on(slots, tree, orphan, above, LEFT);
            }
            // The heir takes over what was known of the subtree, so that mending sees what changes.
            if let Some(node) = at_mut(slots, tree, heir) {
                (node.any, node.child, node.height) = (any, child, height);
            }
            child.iter().for_each(|below| set_parent(slots, tree, *below, heir));
            self.hang(slots, tree, heir, parent, index);
        }
        self.mend(slots, tree, start, past);
    }

    /// Puts `new` (maybe nothing) in the place of `old` under `parent`.
    #[inline]
    fn hang<S: Entry>(&mut self, slots: &mut [S], tree: usize, new: u16, parent: u16, old: u16) {
        let side = at(slots, tree, parent).is_some_and(|node| node.on(RIGHT) == old);
        self.hang_on(slots, tree, new, parent, side);
    }

    /// Puts `new` (maybe nothing) on this side of `parent`; it is the root without a parent.
    #[inline]
    fn hang_on<S: Entry>(&mut self, slots: &mut [S], tree: usize, new: u16, parent: u16, side: bool) {
        match at_mut(slots, tree, parent) {
            Some(node) => node.child[side as usize] = new,
            None => self.root = new,
        }
        set_parent(slots, tree, new, parent);
    }

    /// Corrects heights, masks and balance from `top` upwards: up to `past`, then until nothing changes.
    #[inline(never)]
    fn mend<S: Entry>(&mut self, slots: &mut [S], tree: usize, mut top: u16, mut past: u16) {
        while let Some(node) = at(slots, tree, top) {
            let Node { mask, child: [left, right], parent, .. } = *node;
            let ((tall_left, any_left), (tall_right, any_right)) =
                (summary(slots, tree, left), summary(slots, tree, right));
            let (height, any) = (tall_left.max(tall_right) + 1, mask | any_left | any_right);
            let Some(node) = at_mut(slots, tree, top) else { return };
            let done = node.height == height && node.any == any && past == NIL;
            (node.height, node.any) = (height, any);
            if tall_left.abs_diff(tall_right) > 1 {
                self.balance(slots, tree, top, tall_left < tall_right);
            } else if done {
                return;
            }
            if top == past {
                past = NIL;
            }
            top = parent;
        }
    }

    /// This side of `top` is too high by one: lifts it.
    #[inline(never)]
    fn balance<S: Entry>(&mut self, slots: &mut [S], tree: usize, top: u16, side: bool) {
        let heavy = at(slots, tree, top).map_or(NIL, |node| node.on(side));
        let (inner, outer) = at(slots, tree, heavy).map_or((NIL, NIL), |node| (node.on(!side), node.on(side)));
        if height(slots, tree, inner) > height(slots, tree, outer) {
            self.lift(slots, tree, heavy, inner, !side);
            self.lift(slots, tree, top, inner, side);
        } else {
            self.lift(slots, tree, top, heavy, side);
        }
    }

    /// Lifts `child`, which is on this side of `top`, above it.
    #[inline(never)]
    fn lift<S: Entry>(&mut self, slots: &mut [S], tree: usize, top: u16, child: u16, side: bool) {
        let (Some(high), Some(low)) = (at(slots, tree, top), at(slots, tree, child)) else { return };
        let (parent, mask, stays) = (high.parent, high.mask, high.on(!side));
        let (inner, outer) = (low.on(!side), low.on(side));
        set_parent(slots, tree, inner, top);
        let ((tall_inner, any_inner), (tall_stays, any_stays)) =
            (summary(slots, tree, inner), summary(slots, tree, stays));
        let (tall_outer, any_outer) = summary(slots, tree, outer);
        let (height, any) = (tall_inner.max(tall_stays) + 1, mask | any_inner | any_stays);
        if let Some(node) = at_mut(slots, tree, top) {
            node.child[side as usize] = inner;
            (node.parent, node.height, node.any) = (child, height, any);
        }
        if let Some(node) = at_mut(slots, tree, child) {
            node.child[!side as usize] = top;
            (node.height, node.any) = (height.max(tall_outer) + 1, node.mask | any | any_outer);
        }
        self.hang(slots, tree, child, parent, top);
    }
}

/// The slots that can be in a tree: there are no more of them than indexes below [`NIL`].
#[inline(always)]
fn usable<S: Copy, M: AsRef<[S]> + AsMut<[S]>>(slots: &mut Table<S, M>) -> &mut [S] {
    let slots = slots.as_mut_slice();
    let count = slots.len().min(usize::from(NIL));
    slots.get_mut(..count).unwrap_or_default()
}

#[inline(always)]
fn at<S: Entry>(slots: &[S], tree: usize, index: u16) -> Option<&Node<S::Key>> {
    slots.get(usize::from(index)).map(|slot| slot.node(tree))
}

#[inline(always)]
fn at_mut<S: Entry>(slots: &mut [S], tree: usize, index: u16) -> Option<&mut Node<S::Key>> {
    slots.get_mut(usize::from(index)).map(|slot| slot.node_mut(tree))
}

#[inline(always)]
fn set_parent<S: Entry>(slots: &mut [S], tree: usize, index: u16, parent: u16) {
    if let Some(node) = at_mut(slots, tree, index) {
        node.parent = parent;
    }
}

#[inline(always)]
fn height<S: Entry>(slots: &[S], tree: usize, index: u16) -> u8 {
    at(slots, tree, index).map_or(0, |node| node.height)
}

/// The height and the masks of the subtree `index`.
#[inline(always)]
fn summary<S: Entry>(slots: &[S], tree: usize, index: u16) -> (u8, u64) {
    at(slots, tree, index).map_or((0, 0), |node| (node.height, node.any))
}

/// True if `key` comes before the entry that follows `node`, which is the first entry.
#[inline(always)]
fn leads<S: Entry>(slots: &[S], tree: usize, node: &Node<S::Key>, key: &S::Key) -> bool {
    let next = if node.on(RIGHT) == NIL { node.parent } else { node.on(RIGHT) };
    at(slots, tree, next).is_none_or(|next| *key < next.key)
}

/// The first entry under `root` whose mask meets `wanted`.
#[inline(never)]
fn search<S: Entry>(slots: &[S], tree: usize, root: u16, wanted: u64) -> Option<u16> {
    let meets = |index: u16| index != NIL && at(slots, tree, index).is_some_and(|node| node.any & wanted != 0);
    let mut top = root;
    while meets(top) {
        let node = at(slots, tree, top)?;
        if meets(node.on(LEFT)) {
            top = node.on(LEFT);
        } else if node.mask & wanted != 0 {
            return Some(top);
        } else {
            top = node.on(RIGHT);
        }
    }
    None
}

#[inline(always)]
fn leftmost<S: Entry>(slots: &[S], tree: usize, from: u16) -> u16 {
    let mut found = from;
    while let Some(node) = at(slots, tree, found)
        && node.on(LEFT) != NIL
    {
        found = node.on(LEFT);
    }
    found
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Clone, Copy, Debug)]
    struct Slot(Node<u32>);
    impl Linked<0> for Slot {
        type Key = u32;
        fn node(&self) -> &Node<u32> {
            &self.0
        }
        fn node_mut(&mut self) -> &mut Node<u32> {
            &mut self.0
        }
    }

    const N: u16 = 40;
    type Slots = Table<Slot, Vec<Slot>>;

    fn walk(tree: &Tree<0>, slots: &Slots) -> Vec<u16> {
        let mut found = Vec::new();
        let mut at = tree.first(slots);
        while let Some(index) = at {
            found.push(index);
            at = tree.next(slots, index);
        }
        found
    }

    fn check_shape(slots: &Slots) {
        for slot in slots.as_slice().iter().filter(|slot| slot.0.is_linked()) {
            let child = |side| summary(slots.as_slice(), 0, slot.0.on(side));
            let ((left, any_left), (right, any_right)) = (child(LEFT), child(RIGHT));
            assert!(left.abs_diff(right) <= 1);
            assert_eq!(slot.0.height, left.max(right) + 1);
            assert_eq!(slot.0.any, slot.0.mask | any_left | any_right);
        }
    }

    proptest! {
        #[test]
        fn behaves_like_a_stable_sorted_list(steps in prop::collection::vec((0..N + 2, 0u32..12, 0u64..8, 0u8..4), 1..300)) {
            let mut slots = Table::new(std::vec![Slot(Node::new(0)); N as usize], Slot(Node::new(0)));
            let mut tree = Tree::<0>::new();
            let mut model: Vec<(u32, u16, u64)> = Vec::new();
            for (index, key, mask, step) in steps {
                let present = model.iter().position(|entry| entry.1 == index);
                match (step, present) {
                    (0, _) => {
                        tree.remove(&mut slots, index);
                        model.retain(|entry| entry.1 != index);
                    }
                    (1, _) => {
                        tree.set_mask(&mut slots, index, mask);
                        if let Some(at) = present { model[at].2 = mask }
                    }
                    (2, Some(0)) if model.len() == 1 && key % 2 == 0 => {
                        let (old, new) = (model[0].1 as usize, (index as usize + 1) % N as usize);
                        let Ok([out, into]) = slots.as_mut_slice().get_disjoint_mut([old, new]) else { continue };
                        assert!(tree.replace_only(&mut out.0, &mut into.0, new as u16, key, mask));
                        model[0] = (key, new as u16, mask);
                    }
                    (2, Some(out)) => {
                        // The entry makes room for its neighbour, or for itself.
                        let new = (index + mask as u16 % 2) % N;
                        let free = new == index || model.iter().all(|entry| entry.1 != new);
                        tree.exchange(&mut slots, index, new, key, mask);
                        model.remove(out);
                        if free {
                            let at = model.partition_point(|entry| entry.0 <= key);
                            model.insert(at, (key, new, mask));
                        }
                    }
                    (_, present) => {
                        tree.insert(&mut slots, index, key, mask);
                        if present.is_none() && index < N {
                            let at = model.partition_point(|entry| entry.0 <= key);
                            model.insert(at, (key, index, mask));
                        }
                    }
                }
                prop_assert_eq!(walk(&tree, &slots), model.iter().map(|entry| entry.1).collect::<Vec<_>>());
                for wanted in 1..8 {
                    let first = model.iter().find(|entry| entry.2 & wanted != 0).map(|entry| entry.1);
                    prop_assert_eq!(tree.first_with(&slots, wanted), first);
                }
                check_shape(&slots);
            }
        }
    }
}

//! An ordered tree over an array of slots.
//!
//! The nodes live inside the slots of a policy, so nothing is allocated and a slot can be in several trees
//! at once (one [`Linked`] implementation for each). It is a height-balanced binary search tree (Adelson-
//! Velsky and Landis, 1962) with parent links, so every operation is a loop of at most 1.44 log₂ n steps
//! and nothing recurses. Each node carries the OR of the masks below it: with affinity masks that finds
//! the first entry *allowed on a pCPU* in O(log n). Equal keys keep the order of insertion.

use crate::Table;

/// No slot.
const NIL: u16 = u16::MAX;

/// The part of a slot that belongs to a tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Node<K> {
    key: K,
    mask: u64,
    any: u64,
    left: u16,
    right: u16,
    parent: u16,
    height: u8,
}

impl<K> Node<K> {
    /// A node outside any tree.
    pub const fn new(key: K) -> Self {
        Self { key, mask: 0, any: 0, left: NIL, right: NIL, parent: NIL, height: 0 }
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
}

/// A slot that can be in tree number `TREE`.
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
    root: u16,
}

impl<const TREE: usize> Default for Tree<TREE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TREE: usize> Tree<TREE> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { root: NIL }
    }

    /// True without entries.
    pub const fn is_empty(&self) -> bool {
        self.root == NIL
    }

    /// Puts slot `index` into the tree, behind equal keys. Does nothing for a slot that is in already,
    /// or does not exist.
    pub fn insert<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        index: u16,
        key: S::Key,
        mask: u64,
    ) {
        if index == NIL || !slots.has(index as usize) || node::<TREE, S, M>(slots, index).is_linked() {
            return;
        }
        let (parent, left) = self.place_for(slots, &key);
        *node_mut::<TREE, S, M>(slots, index) = Node { key, mask, any: mask, left: NIL, right: NIL, parent, height: 1 };
        if parent == NIL {
            self.root = index;
        } else if left {
            node_mut::<TREE, S, M>(slots, parent).left = index;
        } else {
            node_mut::<TREE, S, M>(slots, parent).right = index;
        }
        self.mend_from(slots, parent);
    }

    /// Takes slot `index` out of the tree; does nothing if it is not in.
    pub fn remove<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, index: u16) {
        if index == NIL || !slots.has(index as usize) || !node::<TREE, S, M>(slots, index).is_linked() {
            return;
        }
        let Node { left, right, parent, .. } = *node::<TREE, S, M>(slots, index);
        let mut mend = parent;
        if left == NIL || right == NIL {
            self.replace(slots, index, if left == NIL { right } else { left });
        } else {
            let heir = leftmost::<TREE, S, M>(slots, right);
            let above = node::<TREE, S, M>(slots, heir).parent;
            mend = heir;
            if above != index {
                mend = above;
                let orphan = node::<TREE, S, M>(slots, heir).right;
                self.replace(slots, heir, orphan);
                node_mut::<TREE, S, M>(slots, heir).right = right;
                node_mut::<TREE, S, M>(slots, right).parent = heir;
            }
            self.replace(slots, index, heir);
            node_mut::<TREE, S, M>(slots, heir).left = left;
            node_mut::<TREE, S, M>(slots, left).parent = heir;
        }
        let gone = node_mut::<TREE, S, M>(slots, index);
        (gone.left, gone.right, gone.parent, gone.height) = (NIL, NIL, NIL, 0);
        self.mend_from(slots, mend);
    }

    /// Gives the entry `index` another mask; its place does not change.
    pub fn set_mask<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        index: u16,
        mask: u64,
    ) {
        if slots.has(index as usize) && node::<TREE, S, M>(slots, index).is_linked() {
            node_mut::<TREE, S, M>(slots, index).mask = mask;
            self.mend_from(slots, index);
        }
    }

    /// The entry with the smallest key.
    pub fn first<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>) -> Option<u16> {
        if self.root == NIL { None } else { Some(leftmost::<TREE, S, M>(slots, self.root)) }
    }

    /// The entry with the smallest key among those whose mask meets `wanted`.
    pub fn first_with<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
        &self,
        slots: &Table<S, M>,
        wanted: u64,
    ) -> Option<u16> {
        let mut at = self.root;
        if at == NIL || node::<TREE, S, M>(slots, at).any & wanted == 0 {
            return None;
        }
        loop {
            let here = node::<TREE, S, M>(slots, at);
            if here.left != NIL && node::<TREE, S, M>(slots, here.left).any & wanted != 0 {
                at = here.left;
            } else if here.mask & wanted != 0 {
                return Some(at);
            } else if here.right == NIL {
                return None;
            } else {
                at = here.right;
            }
        }
    }

    /// The entry that follows `index` in order.
    pub fn next<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>, index: u16) -> Option<u16> {
        if index == NIL || !slots.has(index as usize) || !node::<TREE, S, M>(slots, index).is_linked() {
            return None;
        }
        let right = node::<TREE, S, M>(slots, index).right;
        if right != NIL {
            return Some(leftmost::<TREE, S, M>(slots, right));
        }
        let (mut at, mut up) = (index, node::<TREE, S, M>(slots, index).parent);
        while up != NIL && node::<TREE, S, M>(slots, up).right == at {
            (at, up) = (up, node::<TREE, S, M>(slots, up).parent);
        }
        if up == NIL { None } else { Some(up) }
    }

    /// Where a new key belongs: the parent, and whether it goes to its left.
    fn place_for<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&self, slots: &Table<S, M>, key: &S::Key) -> (u16, bool) {
        let (mut parent, mut left, mut at) = (NIL, false, self.root);
        while at != NIL {
            let here = node::<TREE, S, M>(slots, at);
            parent = at;
            left = *key < here.key;
            at = if left { here.left } else { here.right };
        }
        (parent, left)
    }

    /// Puts `new` (maybe nothing) where `old` hangs.
    fn replace<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, old: u16, new: u16) {
        let parent = node::<TREE, S, M>(slots, old).parent;
        if parent == NIL {
            self.root = new;
        } else if node::<TREE, S, M>(slots, parent).left == old {
            node_mut::<TREE, S, M>(slots, parent).left = new;
        } else {
            node_mut::<TREE, S, M>(slots, parent).right = new;
        }
        if new != NIL {
            node_mut::<TREE, S, M>(slots, new).parent = parent;
        }
    }

    /// Restores heights, masks and balance from `at` up to the root.
    fn mend_from<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, mut at: u16) {
        while at != NIL {
            refresh::<TREE, S, M>(slots, at);
            let Node { left, right, .. } = *node::<TREE, S, M>(slots, at);
            let (tall_left, tall_right) = (height::<TREE, S, M>(slots, left), height::<TREE, S, M>(slots, right));
            if tall_left > tall_right + 1 {
                at = self.lift_left(slots, at, left);
            } else if tall_right > tall_left + 1 {
                at = self.lift_right(slots, at, right);
            }
            at = node::<TREE, S, M>(slots, at).parent;
        }
    }

    /// The left side is too tall: lifts it, and returns the new top of this subtree.
    fn lift_left<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        at: u16,
        left: u16,
    ) -> u16 {
        let below = *node::<TREE, S, M>(slots, left);
        if height::<TREE, S, M>(slots, below.left) < height::<TREE, S, M>(slots, below.right) {
            self.rotate_left(slots, left);
        }
        self.rotate_right(slots, at)
    }

    /// The right side is too tall: lifts it, and returns the new top of this subtree.
    fn lift_right<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
        &mut self,
        slots: &mut Table<S, M>,
        at: u16,
        right: u16,
    ) -> u16 {
        let below = *node::<TREE, S, M>(slots, right);
        if height::<TREE, S, M>(slots, below.right) < height::<TREE, S, M>(slots, below.left) {
            self.rotate_right(slots, right);
        }
        self.rotate_left(slots, at)
    }

    fn rotate_left<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, at: u16) -> u16 {
        let top = node::<TREE, S, M>(slots, at).right;
        let inner = node::<TREE, S, M>(slots, top).left;
        self.replace(slots, at, top);
        node_mut::<TREE, S, M>(slots, at).right = inner;
        if inner != NIL {
            node_mut::<TREE, S, M>(slots, inner).parent = at;
        }
        node_mut::<TREE, S, M>(slots, top).left = at;
        node_mut::<TREE, S, M>(slots, at).parent = top;
        refresh::<TREE, S, M>(slots, at);
        refresh::<TREE, S, M>(slots, top);
        top
    }

    fn rotate_right<S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(&mut self, slots: &mut Table<S, M>, at: u16) -> u16 {
        let top = node::<TREE, S, M>(slots, at).left;
        let inner = node::<TREE, S, M>(slots, top).right;
        self.replace(slots, at, top);
        node_mut::<TREE, S, M>(slots, at).left = inner;
        if inner != NIL {
            node_mut::<TREE, S, M>(slots, inner).parent = at;
        }
        node_mut::<TREE, S, M>(slots, top).right = at;
        node_mut::<TREE, S, M>(slots, at).parent = top;
        refresh::<TREE, S, M>(slots, at);
        refresh::<TREE, S, M>(slots, top);
        top
    }
}

fn node<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
    slots: &Table<S, M>,
    index: u16,
) -> &Node<S::Key> {
    slots.at(index as usize).node()
}

fn node_mut<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(
    slots: &mut Table<S, M>,
    index: u16,
) -> &mut Node<S::Key> {
    slots.at_mut(index as usize).node_mut()
}

fn height<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(slots: &Table<S, M>, index: u16) -> u8 {
    if index == NIL { 0 } else { node::<TREE, S, M>(slots, index).height }
}

fn masks<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(slots: &Table<S, M>, index: u16) -> u64 {
    if index == NIL { 0 } else { node::<TREE, S, M>(slots, index).any }
}

/// Recomputes what a node knows about its subtree from its children.
fn refresh<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(slots: &mut Table<S, M>, index: u16) {
    let Node { left, right, .. } = *node::<TREE, S, M>(slots, index);
    let tall = height::<TREE, S, M>(slots, left).max(height::<TREE, S, M>(slots, right));
    let below = masks::<TREE, S, M>(slots, left) | masks::<TREE, S, M>(slots, right);
    let here = node_mut::<TREE, S, M>(slots, index);
    here.height = tall.saturating_add(1);
    here.any = here.mask | below;
}

fn leftmost<const TREE: usize, S: Linked<TREE>, M: AsRef<[S]> + AsMut<[S]>>(slots: &Table<S, M>, from: u16) -> u16 {
    let mut at = from;
    loop {
        let left = node::<TREE, S, M>(slots, at).left;
        if left == NIL {
            return at;
        }
        at = left;
    }
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
            let (left, right) = (height::<0, _, _>(slots, slot.0.left), height::<0, _, _>(slots, slot.0.right));
            assert!(left.abs_diff(right) <= 1);
            assert_eq!(slot.0.height, left.max(right) + 1);
            let below = masks::<0, _, _>(slots, slot.0.left) | masks::<0, _, _>(slots, slot.0.right);
            assert_eq!(slot.0.any, slot.0.mask | below);
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

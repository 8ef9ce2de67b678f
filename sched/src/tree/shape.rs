//! The shape of a tree: linking, unlinking, balance.
//!
//! It works on plain slices and on a tree's number as a value, so that the code of all trees over a kind of
//! slot stands in the image once. The usual cases come first and are inlined; what walks is out of line.

use super::{Entry, LEFT, NIL, Node, RIGHT};
use crate::Table;

/// Where a tree begins and ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Ends {
    pub(super) root: u16,
    pub(super) first: u16,
    pub(super) last: u16,
}

impl Ends {
    /// Of an empty tree.
    pub(super) const NONE: Self = Self { root: NIL, first: NIL, last: NIL };

    /// Puts the slot `index` in, behind equal keys.
    #[inline(never)]
    pub(super) fn link<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16, key: S::Key, mask: u64) {
        if at(slots, tree, index).is_some_and(|node| !node.is_linked()) {
            self.link_free(slots, tree, index, key, mask);
        }
    }

    /// Puts the slot `index`, which is not in, behind equal keys.
    #[inline(always)]
    fn link_free<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16, key: S::Key, mask: u64) {
        let parent = self.last;
        let Some(node) = at_mut(slots, tree, index) else { return };
        *node = Node { key, mask, any: mask, child: [NIL; 2], parent, height: 1 };
        match at_mut(slots, tree, parent) {
            None => *self = Self { root: index, first: index, last: index },
            Some(tail) if key >= tail.key => {
                tail.child[RIGHT as usize] = index;
                self.last = index;
                let (known, grows) = (tail.any | mask == tail.any, tail.height == 1);
                tail.height = tail.height.max(2);
                let above = tail.parent;
                if !known {
                    spread(slots, tree, parent, mask);
                }
                if grows && above != NIL {
                    self.grow(slots, tree, parent, above, 2);
                }
            }
            Some(_) => self.attach(slots, tree, index, key, mask),
        }
    }

    /// Finds the place of the entry `index`, which is not the last.
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
        self.grow(slots, tree, index, parent, 1);
    }

    /// The subtree `below` under `top` has grown to the height `tall`: corrects heights and balance above it.
    #[inline(never)]
    fn grow<S: Entry>(&mut self, slots: &mut [S], tree: usize, mut below: u16, mut top: u16, mut tall: u8) {
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

    /// Takes `old` out and puts `index` in; see [`super::Tree::exchange`].
    #[inline(never)]
    pub(super) fn relink<S: Entry>(
        &mut self,
        slots: &mut [S],
        tree: usize,
        old: u16,
        index: u16,
        key: S::Key,
        mask: u64,
    ) {
        let free = at(slots, tree, index).is_some_and(|node| !node.is_linked());
        let Some(front) = at(slots, tree, old).filter(|node| node.is_linked() && old == self.first && free) else {
            return self.relink_any(slots, tree, old, index, key, mask);
        };
        let (heir, parent) = (front.on(RIGHT), front.parent);
        let next = if heir == NIL { parent } else { heir };
        if at(slots, tree, next).is_none_or(|next| key < next.key) {
            return self.take_over(slots, tree, old, index, key, mask);
        }
        if parent != NIL {
            return self.relink_any(slots, tree, old, index, key, mask);
        }
        self.unlink_first(slots, tree, old);
        self.link_free(slots, tree, index, key, mask);
    }

    /// The same where neither end is enough.
    #[inline(never)]
    fn relink_any<S: Entry>(&mut self, slots: &mut [S], tree: usize, old: u16, index: u16, key: S::Key, mask: u64) {
        self.unlink(slots, tree, old);
        self.link(slots, tree, index, key, mask);
    }

    /// `index` takes the place of `old`, the first entry.
    #[inline(always)]
    fn take_over<S: Entry>(&mut self, slots: &mut [S], tree: usize, old: u16, index: u16, key: S::Key, mask: u64) {
        let Some(gone) = at_mut(slots, tree, old) else { return };
        let Node { mask: old_mask, any, child, parent, height, .. } = *gone;
        (gone.child, gone.parent, gone.height) = ([NIL; 2], NIL, 0);
        self.first = index;
        if self.last == old {
            self.last = index;
        }
        let heir = child[RIGHT as usize];
        if heir != NIL {
            set_parent(slots, tree, heir, index);
        }
        match at_mut(slots, tree, parent) {
            Some(node) => node.child[LEFT as usize] = index,
            None => self.root = index,
        }
        if let Some(new) = at_mut(slots, tree, index) {
            *new = Node { key, mask, any, child, parent, height };
        }
        if mask != old_mask {
            self.mend(slots, tree, index, NIL);
        }
    }

    /// Takes the slot `index` out.
    #[inline(never)]
    pub(super) fn unlink<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16) {
        if !at(slots, tree, index).is_some_and(Node::is_linked) {
            return;
        }
        if index == self.first { self.unlink_first(slots, tree, index) } else { self.detach(slots, tree, index) }
    }

    /// Takes the first entry out. Nothing is on its left, so at most one entry is on its right, and it is on its
    /// parent's left.
    #[inline(always)]
    fn unlink_first<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16) {
        let Some(node) = at_mut(slots, tree, index) else { return };
        let (heir, parent) = (node.on(RIGHT), node.parent);
        (node.child, node.parent, node.height) = ([NIL; 2], NIL, 0);
        self.first = if heir == NIL { parent } else { heir };
        if index == self.last {
            self.last = parent;
        }
        if heir != NIL {
            set_parent(slots, tree, heir, parent);
        }
        match at_mut(slots, tree, parent) {
            Some(node) => {
                node.child[LEFT as usize] = heir;
                self.mend(slots, tree, parent, NIL);
            }
            None => self.root = heir,
        }
    }

    /// Takes out an entry that is not the first.
    #[inline(never)]
    fn detach<S: Entry>(&mut self, slots: &mut [S], tree: usize, index: u16) {
        let Some(node) = at_mut(slots, tree, index) else { return };
        let Node { any, child: [left, right], parent, height, .. } = *node;
        (node.child, node.parent, node.height) = ([NIL; 2], NIL, 0);
        if index == self.last {
            // Nothing is on its right, so at most one entry is on its left.
            self.last = if left == NIL { parent } else { left };
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
    pub(super) fn mend<S: Entry>(&mut self, slots: &mut [S], tree: usize, mut top: u16, mut past: u16) {
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
pub(super) fn usable<S: Copy, M: AsRef<[S]> + AsMut<[S]>>(slots: &mut Table<S, M>) -> &mut [S] {
    let slots = slots.as_mut_slice();
    let count = slots.len().min(usize::from(NIL));
    slots.get_mut(..count).unwrap_or_default()
}

#[inline(always)]
pub(super) fn at<S: Entry>(slots: &[S], tree: usize, index: u16) -> Option<&Node<S::Key>> {
    slots.get(usize::from(index)).map(|slot| slot.node(tree))
}

#[inline(always)]
pub(super) fn at_mut<S: Entry>(slots: &mut [S], tree: usize, index: u16) -> Option<&mut Node<S::Key>> {
    slots.get_mut(usize::from(index)).map(|slot| slot.node_mut(tree))
}

/// Those from `top` upwards learn of `mask` below them; who knows it has told those above already.
#[inline(never)]
fn spread<S: Entry>(slots: &mut [S], tree: usize, mut top: u16, mask: u64) {
    while let Some(node) = at_mut(slots, tree, top)
        && node.any | mask != node.any
    {
        node.any |= mask;
        top = node.parent;
    }
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
pub(super) fn summary<S: Entry>(slots: &[S], tree: usize, index: u16) -> (u8, u64) {
    at(slots, tree, index).map_or((0, 0), |node| (node.height, node.any))
}

/// The first entry under `root` whose mask meets `wanted`.
#[inline(never)]
pub(super) fn search<S: Entry>(slots: &[S], tree: usize, root: u16, wanted: u64) -> Option<u16> {
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
pub(super) fn leftmost<S: Entry>(slots: &[S], tree: usize, from: u16) -> u16 {
    let mut found = from;
    while let Some(node) = at(slots, tree, found)
        && node.on(LEFT) != NIL
    {
        found = node.on(LEFT);
    }
    found
}

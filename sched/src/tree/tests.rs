//! The tree against a stable sorted list.

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
        let child = |side| shape::summary(slots.as_slice(), 0, slot.0.on(side));
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

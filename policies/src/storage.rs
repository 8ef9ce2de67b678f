//! Memory for policies: the hypervisor carves it once at boot, hosts take it from the heap.

/// A source of arrays that live as long as the pool.
pub trait Storage {
    /// An array of `T`.
    type Of<T: Copy + 'static>: AsRef<[T]> + AsMut<[T]>;

    /// An array of `count` copies of `fill`; `None` when memory does not suffice.
    fn take<T: Copy + 'static>(&mut self, count: usize, fill: T) -> Option<Self::Of<T>>;
}

/// Arrays from the heap.
#[cfg(feature = "std")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Heap;

#[cfg(feature = "std")]
impl Storage for Heap {
    type Of<T: Copy + 'static> = std::vec::Vec<T>;

    fn take<T: Copy + 'static>(&mut self, count: usize, fill: T) -> Option<Self::Of<T>> {
        Some(std::vec![fill; count])
    }
}

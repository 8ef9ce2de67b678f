//! Names: a vCPU, a group and a pCPU as a policy sees them, and sets of pCPUs.
//!
//! Ids are dense indexes inside one pool, so that a policy can keep its state in a plain array.

/// A virtual CPU: the index of its slot in the pool, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Vcpu(pub u16);

/// A group: the vCPUs of one partition. The index of the partition in the pool, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Group(pub u16);

/// A physical CPU: its number in the machine, 0 to 63.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Cpu(pub u8);

impl Vcpu {
    /// The slot's index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Group {
    /// The group's index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Cpu {
    /// The largest number of physical CPUs that a [`CpuSet`] can hold.
    pub const LIMIT: usize = 64;

    /// The pCPU's index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of physical CPUs (bit n = pCPU n).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct CpuSet(u64);

impl CpuSet {
    /// No pCPU.
    pub const EMPTY: Self = Self(0);
    /// Every pCPU.
    pub const ALL: Self = Self(u64::MAX);

    /// The set whose bit n says whether pCPU n is a member.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Bit n is set if pCPU n is a member.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set of just this pCPU; empty for a number of 64 or more.
    pub const fn only(cpu: Cpu) -> Self {
        if cpu.0 < 64 { Self(1 << cpu.0) } else { Self(0) }
    }

    /// True if `cpu` is a member.
    pub const fn contains(self, cpu: Cpu) -> bool {
        self.0 & Self::only(cpu).0 != 0
    }

    /// True without members.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of members.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The member with the lowest number.
    pub const fn first(self) -> Option<Cpu> {
        if self.0 == 0 { None } else { Some(Cpu(self.0.trailing_zeros() as u8)) }
    }

    /// Members of both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Members of either.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Members of `self` that are not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The members in ascending order (at most 64 steps).
    pub fn iter(self) -> impl Iterator<Item = Cpu> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let cpu = rest.first()?;
            rest = rest.without(Self::only(cpu));
            Some(cpu)
        })
    }
}

/// Where a vCPU may run (`hard`) and where it prefers to (`soft`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Affinity {
    /// It never runs outside this set.
    pub hard: CpuSet,
    /// A preference inside `hard`; no wish when it is all of `hard`.
    pub soft: CpuSet,
}

impl Affinity {
    /// Anywhere, without preference.
    pub const ANY: Self = Self { hard: CpuSet::ALL, soft: CpuSet::ALL };

    /// Only inside `hard`, without preference.
    pub const fn hard(hard: CpuSet) -> Self {
        Self { hard, soft: hard }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lists_its_members_in_order() {
        let set = CpuSet::only(Cpu(3)).or(CpuSet::only(Cpu(0))).or(CpuSet::only(Cpu(63)));
        let mut members = set.iter();
        assert_eq!(members.next(), Some(Cpu(0)));
        assert_eq!(members.next(), Some(Cpu(3)));
        assert_eq!(members.next(), Some(Cpu(63)));
        assert_eq!(members.next(), None);
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn a_number_beyond_the_machine_is_in_no_set() {
        assert!(CpuSet::only(Cpu(64)).is_empty());
        assert!(!CpuSet::ALL.contains(Cpu(200)));
    }
}

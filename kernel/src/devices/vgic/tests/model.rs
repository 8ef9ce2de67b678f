//! Random histories against a plain model of the architecture: nothing is lost, nothing comes twice,
//! the most urgent comes first, and no access whatever fails.

use super::*;
use proptest::prelude::*;
use std::vec;

pub(super) const VCPUS: usize = 2;
pub(super) const TIMER: u32 = 27;
const SHARED: core::ops::Range<u32> = 32..40;
/// The first shared ones are level-sensitive, the others edge-triggered.
pub(super) const EDGES: u32 = 36;

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Pulse(u32),
    Line(u32, bool),
    Sgi { to: u64, intid: u64 },
    Write { vcpu: usize, intid: u32, register: u64 },
    Priority { vcpu: usize, intid: u32, value: u8 },
    Route(u32, usize),
    Groups(bool),
    Acknowledge(usize),
    Complete(usize),
    Turn(usize),
    Fire(usize),
    Stop(usize),
}

/// One interrupt as the architecture describes it; private ones exist once for each vCPU.
#[derive(Clone, Copy, Default)]
pub(super) struct Source {
    pub(super) latch: bool,
    pub(super) line: bool,
    pub(super) active: bool,
    pub(super) enabled: bool,
    pub(super) priority: u8,
    pub(super) target: usize,
}

pub(super) struct World {
    pub(super) gic: Vgic,
    pub(super) lrs: [ListRegisters; VCPUS],
    shared: [Source; 64],
    private: [[Source; 32]; VCPUS],
    pub(super) open: bool,
    /// The physical timer interrupt is active.
    pub(super) physical: [bool; VCPUS],
}

impl World {
    pub(super) fn new() -> Self {
        let mut gic = enabled(VCPUS);
        let _ = gic.write_gicd(0xc08, 4, 0xaaaa_aa00);
        let source = Source { enabled: true, priority: 0xa0, ..Source::default() };
        Self {
            gic,
            lrs: [ListRegisters::new(2); VCPUS],
            shared: [source; 64],
            private: [0, 1].map(|target| [Source { target, ..source }; 32]),
            open: true,
            physical: [false; VCPUS],
        }
    }

    pub(super) fn source(&mut self, vcpu: usize, intid: u32) -> &mut Source {
        if intid < 32 { &mut self.private[vcpu][intid as usize] } else { &mut self.shared[intid as usize] }
    }

    pub(super) fn deliverable(&self, vcpu: usize) -> impl Iterator<Item = (u32, u8)> {
        let intids = (0..32).map(move |i| (i, self.private[vcpu][i as usize]));
        let intids = intids.chain(SHARED.map(|i| (i, self.shared[i as usize])));
        let pending = move |&(intid, s): &(u32, Source)| {
            let level = s.line && (intid == TIMER || (32..EDGES).contains(&intid));
            self.open && s.enabled && !s.active && s.target == vcpu && (s.latch || level)
        };
        intids.filter(pending).map(|(intid, s)| (intid, s.priority))
    }

    /// Kicks these vCPUs, and whoever they pass something on to.
    pub(super) fn kick(&mut self, mut mask: u8) {
        for _ in 0..4 {
            for vcpu in 0..VCPUS {
                if mask & 1 << vcpu != 0 {
                    mask &= !(1 << vcpu);
                    let lrs = &mut self.lrs[vcpu];
                    mask |= self.gic.sync(vcpu, lrs) | self.gic.flush(vcpu, lrs);
                }
            }
        }
        assert_eq!(mask, 0);
    }

    pub(super) fn slot(&self, vcpu: usize, intid: u32) -> Lr {
        self.lrs[vcpu].find(intid).map_or(Lr(0), |n| self.lrs[vcpu].get(n))
    }
}

fn intid() -> impl Strategy<Value = u32> {
    prop_oneof![0..3u32, Just(TIMER), SHARED]
}

fn step() -> impl Strategy<Value = Step> {
    let vcpu = 0..VCPUS;
    prop_oneof![
        4 => SHARED.prop_map(Step::Pulse),
        4 => (SHARED, any::<bool>()).prop_map(|(intid, high)| Step::Line(intid, high)),
        3 => (0..4u64, 0..3u64).prop_map(|(to, intid)| Step::Sgi { to, intid }),
        4 => (vcpu.clone(), intid(), 2..8u64)
            .prop_map(|(vcpu, intid, n)| Step::Write { vcpu, intid, register: 0x80 * n }),
        2 => (vcpu.clone(), intid(), any::<u8>()).prop_map(|(vcpu, intid, value)| Step::Priority { vcpu, intid, value }),
        2 => (SHARED, vcpu.clone()).prop_map(|(intid, target)| Step::Route(intid, target)),
        1 => any::<bool>().prop_map(Step::Groups),
        8 => vcpu.clone().prop_map(Step::Acknowledge),
        8 => vcpu.clone().prop_map(Step::Complete),
        2 => vcpu.clone().prop_map(Step::Turn),
        3 => vcpu.clone().prop_map(Step::Fire),
        1 => vcpu.prop_map(Step::Stop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interrupt_is_lost_or_comes_twice(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            world.play(step);
        }
        world.check();
        // Let both guests work off what there is; lines that stay high would go on for ever.
        SHARED.for_each(|intid| world.play(Step::Line(intid, false)));
        for _ in 0..100 {
            for vcpu in 0..VCPUS {
                while world.acknowledge(vcpu) {}
                while world.complete(vcpu) {}
                world.check();
            }
        }
        prop_assert!((0..VCPUS).all(|vcpu| world.deliverable(vcpu).next().is_none()));
    }

    #[test]
    fn no_access_fails(
        vcpus in 0usize..10,
        count in any::<u8>(),
        accesses in proptest::collection::vec((0u8..9, 0usize..10, 0u64..0x2_0010, 0u8..10, any::<u64>()), 1..200),
    ) {
        let mut gic = Vgic::new(vcpus);
        let mut lrs = ListRegisters::new(count);
        for (kind, vcpu, offset, bytes, value) in accesses {
            match kind {
                0 => _ = gic.read_gicd(offset, bytes),
                1 => _ = gic.write_gicd(offset, bytes, value),
                2 => _ = gic.read_gicr(vcpu, offset, bytes),
                3 => _ = gic.write_gicr(vcpu, offset, bytes, value),
                4 => _ = gic.sgi1r(vcpu, value),
                5 => _ = gic.set_level(vcpu, offset as u32 & 127, value & 1 != 0),
                6 => _ = gic.timer_fired(vcpu, offset as u32 & 127, &mut lrs),
                7 => _ = gic.timer_level(vcpu, offset as u32 & 127, value & 1 != 0, &mut lrs),
                _ => {
                    // What the hardware holds is not trusted either.
                    lrs.lr[usize::from(bytes) % LIST_MAX] ^= value & value.rotate_left(7);
                    let _ = gic.sync(vcpu, &mut lrs) | gic.flush(vcpu, &mut lrs);
                }
            }
        }
    }
}

//! The cases of credit about where a vCPU goes on, and how many pCPUs there may be.

use super::world::*;
use super::*;
use sched::sim::{Load, Machine, NewVcpu, Sim};

/// A vCPU that may run anywhere, where it runs at 20 ms, and one that may run only there and starts then.
fn displaced(params: PoolParams) -> (World, Vcpu, Vcpu, u8) {
    let mut sim = world_of(slow(2), 2, params);
    let free = hog(&mut sim, Affinity::ANY);
    run_to(&mut sim, 20 * MS);
    let here = u8::from(sim.running(0) != Some(free));
    let pinned = hog(&mut sim, Affinity::hard(only(here)));
    (sim, free, pinned, here)
}

// [CREDIT-R-10] [CREDIT-R-16]
#[test]
fn cr22_who_is_displaced_goes_on_elsewhere() {
    let (mut sim, free, pinned, here) = displaced(PoolParams::DEFAULT);
    run_to(&mut sim, 20 * MS + MS);
    assert_eq!((sim.running(here), sim.running(1 - here)), (Some(pinned), Some(free)));
    assert!(served(&sim, free) >= 20 * MS + 980 * US);
}

// [CREDIT-R-09]
#[test]
fn a_migration_delay_holds_a_displaced_vcpu_back_for_its_pcpu() {
    for delay in [0, 5] {
        let params = PoolParams { migration_delay: ms(delay), ..PoolParams::DEFAULT };
        let (mut sim, free, _, here) = displaced(params);
        run_to(&mut sim, 20 * MS + 4 * MS + 900 * US);
        assert_eq!(sim.running(1 - here), (delay == 0).then_some(free));
        assert!(sim.policy().core().slot(free.0).ran_last_on(Cpu(here)));
        run_to(&mut sim, 20 * MS + 5 * MS + 100 * US);
        assert_eq!(sim.running(1 - here), Some(free));
        assert_eq!(sim.pool().alarm(), None);
    }
}

// [CREDIT-R-01]
#[test]
fn cr25_many_vcpus_on_64_pcpus_do_not_overflow() {
    let mut sim = Sim::new(policy(64, 257, 2, PoolParams::DEFAULT), Machine::new(64, 257).sums_only());
    for index in 0..257 {
        let new = NewVcpu::new(VcpuParams::DEFAULT, Load::hog()).group(u16::from(index == 256));
        assert_eq!(sim.admit(new), Ok(Vcpu(index)));
    }
    run_to(&mut sim, 6_000 * MS);
    (0..257).for_each(|v| near(sim.share(Vcpu(v)), 6_400.0 / 257.0, 0.6));
}

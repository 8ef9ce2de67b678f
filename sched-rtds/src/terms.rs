//! On what terms reservations are accepted: the parameters of the pool, its pCPUs, and what is reserved on them.
//!
//! Plain values without any vCPU, so that changes are tried on a copy, each on the terms that those before it leave.

use crate::admit::{Load, NO_KEY};
use crate::{Admission, Placement, PoolParams, VcpuParams};
use sched::{Cpu, CpuSet, Refused};

/// What is reserved in a pool: in all at 0, or on each pCPU if the pool is partitioned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Loads([Load; Cpu::LIMIT]);

// A home is the number of a pCPU, or 0: below the limit anyhow, which the remainder shows to the compiler.
impl Loads {
    pub(crate) const NONE: Self = Self([Load::NONE; Cpu::LIMIT]);

    pub(crate) fn at(&self, home: usize) -> &Load {
        &self.0[home % Cpu::LIMIT]
    }

    pub(crate) fn at_mut(&mut self, home: usize) -> &mut Load {
        &mut self.0[home % Cpu::LIMIT]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Load> {
        self.0.iter()
    }
}

/// The terms of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Terms {
    pub(crate) params: PoolParams,
    pub(crate) cpus: CpuSet,
    pub(crate) loads: Loads,
}

impl Terms {
    /// Whether what is reserved at `load` passes the test of the pool: all of its pCPUs share the load, or one has it.
    ///
    /// # Errors
    /// The test that fails.
    #[inline(never)]
    pub(crate) fn check(&self, load: &Load) -> Result<(), Refused> {
        let width = if self.params.placement == Placement::Partitioned { 1 } else { self.cpus.len() as u64 };
        load.check(width, &self.params)
    }

    /// Where `params` would lie with the affinity `hard`, on top of what is reserved: the index of the load and the
    /// pCPUs. Partitioned, that is the first pCPU on which it fits.
    ///
    /// # Errors
    /// The test that fails, on the pCPU with the least reserved.
    #[inline(never)]
    pub(crate) fn find_home(&self, params: &VcpuParams, hard: CpuSet) -> Result<(usize, CpuSet), Refused> {
        if self.params.placement == Placement::Global {
            self.check(&self.loads.at(0).with(params))?;
            return self.check_reach(params, hard).map(|()| (0, hard));
        }
        let mut least: Option<(u64, Refused)> = None;
        for cpu in hard.and(self.cpus).iter() {
            let load = self.loads.at(cpu.index());
            match self.check(&load.with(params)) {
                Ok(()) => return Ok((cpu.index(), CpuSet::only(cpu))),
                Err(refused) if least.is_none_or(|(share, _)| load.share() < share) => {
                    least = Some((load.share(), refused));
                }
                Err(_) => {}
            }
        }
        Err(least.map_or(Refused::new("the vCPU may run on no pCPU of the pool", 0, 1, 0), |(_, refused)| refused))
    }

    /// The bounds for global EDF suppose that every vCPU may run on every pCPU.
    ///
    /// # Errors
    /// `params` reserve something, and `hard` leaves out some of them.
    #[inline(never)]
    pub(crate) fn check_reach(&self, params: &VcpuParams, hard: CpuSet) -> Result<(), Refused> {
        let (open, bound) = (hard.and(self.cpus), self.params.admission == Admission::Guarantee);
        if !bound || self.params.placement == Placement::Partitioned || !params.reserved() || open == self.cpus {
            return Ok(());
        }
        let rule = "global EDF guarantees nothing to a vCPU that may not run on every pCPU: choose partitioned";
        Err(Refused::new(rule, NO_KEY, self.cpus.len() as u64, open.len() as u64))
    }

    /// Where a vCPU whose home is lost goes: where it fits, else where the least is reserved.
    pub(crate) fn refuge(&self, params: &VcpuParams, hard: CpuSet) -> (usize, CpuSet) {
        if let Ok(home) = self.find_home(params, hard) {
            return home;
        }
        let share = |cpu: &Cpu| self.loads.at(cpu.index()).share();
        match (self.params.placement, hard.and(self.cpus).iter().min_by_key(share)) {
            (Placement::Partitioned, Some(cpu)) => (cpu.index(), CpuSet::only(cpu)),
            _ => (0, hard),
        }
    }
}

//! Changes of what is in force, checked all together: either all of them are made afterwards, by `change`, or none.

use crate::terms::Terms;
use crate::{Placement, PoolParams, Rtds, Slot, VcpuParams};
use sched::{Affinity, Change, CpuSet, Refused, Vcpu};

/// The index of `placement` in the keys of the pool.
const PLACEMENT: u8 = 1;

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    pub(crate) fn check_known(&self, v: Vcpu) -> Result<(), Refused> {
        if self.slots.at(v.index()).present {
            return Ok(());
        }
        Err(Refused::new("the policy does not know this vCPU", 0, 0, u64::from(v.0)))
    }

    #[inline(never)]
    pub(crate) fn check_affinity(&self, a: Affinity, cpus: CpuSet) -> Result<(), Refused> {
        if a.hard.and(cpus).is_empty() {
            return Err(Refused::new("the vCPU may run on no pCPU of the pool", 0, cpus.bits(), a.hard.bits()));
        }
        Ok(())
    }

    /// Checks all changes, each as if those before it were in force.
    pub(crate) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let mut terms = self.terms;
        for (index, change) in all.iter().enumerate() {
            let before = all.get(..index).unwrap_or_default();
            match *change {
                Change::Cpus(set) if set.is_empty() => {
                    return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
                }
                // The pCPUs of a machine are what they are: promises that do not fit any more show as shortfalls.
                Change::Cpus(set) => terms.cpus = set,
                Change::Vcpu(v, params) => self.check_params(v, &params, before, &mut terms)?,
                Change::Affinity(v, a) => self.check_move(v, a, before, &mut terms)?,
                Change::Pool(params) => self.check_pool(params, before, &mut terms)?,
                Change::Group(..) => {}
            }
        }
        Ok(())
    }

    // [RTDS-R-11] [RTDS-R-14]
    fn check_params(
        &self,
        v: Vcpu,
        params: &VcpuParams,
        before: &[Change<Self>],
        terms: &mut Terms,
    ) -> Result<(), Refused> {
        self.check_at_home(v, before)?;
        let (old, hard) = self.after(v, before);
        let load = terms.loads.at_mut(usize::from(self.slots.at(v.index()).home));
        *load = load.without(&old).with(params);
        let load = *load;
        terms.check(&load)?;
        terms.check_reach(params, hard)
    }

    /// A partitioned vCPU that has to leave its pCPU needs room elsewhere.
    // [RTDS-R-11] [RTDS-R-16]
    fn check_move(&self, v: Vcpu, a: Affinity, before: &[Change<Self>], terms: &mut Terms) -> Result<(), Refused> {
        self.check_at_home(v, before)?;
        self.check_affinity(a, terms.cpus)?;
        let (params, _) = self.after(v, before);
        let slot = self.slots.at(v.index());
        if terms.params.placement == Placement::Partitioned && !slot.hard.and(a.hard).is_empty() {
            return Ok(());
        }
        let load = terms.loads.at_mut(usize::from(slot.home));
        *load = load.without(&params);
        let (home, _) = terms.find_home(&params, a.hard)?;
        let load = terms.loads.at_mut(home);
        *load = load.with(&params);
        Ok(())
    }

    // [RTDS-R-11] [RTDS-R-14]
    fn check_pool(&self, params: PoolParams, before: &[Change<Self>], terms: &mut Terms) -> Result<(), Refused> {
        if params.placement != terms.params.placement {
            let (needs, has) = (terms.params.placement as u64, params.placement as u64);
            return Err(Refused::new("the placement of a running pool is fixed", PLACEMENT, needs, has));
        }
        terms.params = params;
        // Off reservations nothing follows, and nobody is expelled: only a stricter test has to pass.
        terms.loads.iter().try_for_each(|load| terms.check(load))?;
        self.every_slot().try_for_each(|v| {
            let (params, hard) = self.after(v, before);
            terms.check_reach(&params, hard)
        })
    }

    /// There is a `v`, and the changes `before` do not move it in a partitioned pool: what is reserved where is known
    /// only after that.
    // [RTDS-R-11] [RTDS-R-16]
    #[inline(never)]
    fn check_at_home(&self, v: Vcpu, before: &[Change<Self>]) -> Result<(), Refused> {
        let moves = |change: &Change<Self>| matches!(change, Change::Affinity(other, _) if *other == v);
        if self.terms.params.placement == Placement::Partitioned && before.iter().any(moves) {
            return Err(Refused::new("what moves a partitioned vCPU must be its last change", 0, 0, u64::from(v.0)));
        }
        self.check_known(v)
    }

    /// What `v` is promised, and where it may run, once the changes `before` are made.
    #[inline(never)]
    fn after(&self, v: Vcpu, before: &[Change<Self>]) -> (VcpuParams, CpuSet) {
        let slot = self.slots.at(v.index());
        before.iter().fold((*slot.promised(), slot.affinity.hard), |held, change| match *change {
            Change::Vcpu(other, params) if other == v => (params, held.1),
            Change::Affinity(other, a) if other == v => (held.0, a.hard),
            _ => held,
        })
    }
}

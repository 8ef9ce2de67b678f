//! How each step changes controller and model, and what must hold then.

use super::model::{EDGES, Step, TIMER, VCPUS, World};
use super::*;
use crate::devices::vgic::Fired;

impl World {
    pub(super) fn play(&mut self, step: Step) {
        match step {
            Step::Pulse(intid) => {
                self.source(0, intid).latch = true;
                let mask = self.gic.pulse(intid);
                self.kick(mask);
            }
            Step::Line(intid, high) => self.line(intid, high),
            Step::Sgi { to, intid } => {
                for vcpu in (0..VCPUS).filter(|vcpu| to & 1 << vcpu != 0) {
                    self.source(vcpu, intid as u32).latch = true;
                }
                let mask = self.gic.sgi1r(0, intid << 24 | to);
                self.kick(mask);
            }
            Step::Write { vcpu, intid, register } => self.write(vcpu, intid, register),
            Step::Priority { vcpu, intid, value } => {
                self.source(vcpu, intid).priority = value & 0xf8;
                prioritise(&mut self.gic, vcpu, intid, value);
                self.kick(0b11);
            }
            Step::Route(intid, target) => {
                self.source(0, intid).target = target;
                let mask = self.gic.write_gicd(0x6000 + 8 * u64::from(intid), 8, target as u64);
                self.kick(mask);
            }
            Step::Groups(open) => {
                self.open = open;
                let mask = self.gic.write_gicd(0, 4, u64::from(open) << 1);
                self.kick(mask);
            }
            Step::Acknowledge(vcpu) => _ = self.acknowledge(vcpu),
            Step::Complete(vcpu) => _ = self.complete(vcpu),
            Step::Turn(vcpu) => self.kick(1 << vcpu),
            Step::Fire(vcpu) => self.fire(vcpu),
            Step::Stop(vcpu) => self.stop(vcpu),
        }
    }

    fn line(&mut self, intid: u32, high: bool) {
        let source = self.source(0, intid);
        source.latch |= high && !source.line && intid >= EDGES;
        source.line = high;
        let mask = self.gic.set_level(0, intid, high);
        self.kick(mask);
    }

    fn write(&mut self, vcpu: usize, intid: u32, register: u64) {
        let linked = self.slot(vcpu, intid).hardware() && self.slot(vcpu, intid).active();
        let source = self.source(vcpu, intid);
        match register {
            0x100 => source.enabled = true,
            0x180 => source.enabled = false,
            0x200 => source.latch = true,
            0x280 => source.latch = false,
            0x300 => source.active = true,
            _ => {
                source.active = false;
                source.line &= !linked;
                self.physical[vcpu] &= !linked;
            }
        }
        let mask = match intid {
            0..32 => self.gic.write_gicr(vcpu, SGI_FRAME + register, 4, 1 << intid),
            _ => self.gic.write_gicd(register + 4, 4, 1 << (intid - 32)),
        };
        self.kick(mask);
    }

    /// What the guest takes is pending, and nothing pending is more urgent.
    pub(super) fn acknowledge(&mut self, vcpu: usize) -> bool {
        let lrs = &mut self.lrs[vcpu];
        let active = |lr: &&u64| Lr(**lr).active();
        let crowded = lrs.used().iter().filter(active).count() == lrs.used().len();
        let running = lrs.used().iter().filter(active).map(|&lr| Lr(lr).priority()).min().unwrap_or(255);
        let taken = acknowledge(lrs);
        let best = self.deliverable(vcpu).min_by_key(|&(_, priority)| priority);
        let Some(intid) = taken else {
            assert!(crowded || best.is_none_or(|(_, priority)| priority >= running), "lost: {best:?}");
            return false;
        };
        assert!(self.deliverable(vcpu).any(|(i, _)| i == intid), "{intid} came from nowhere");
        let source = self.source(vcpu, intid);
        (source.latch, source.active) = (false, true);
        assert_eq!(best.map(|(_, priority)| priority), Some(source.priority));
        true
    }

    /// The guest completes its most urgent active interrupt.
    pub(super) fn complete(&mut self, vcpu: usize) -> bool {
        let lrs = &mut self.lrs[vcpu];
        let active = lrs.used().iter().map(|&lr| Lr(lr)).filter(|lr| lr.active());
        let Some(lr) = active.min_by_key(|lr| lr.priority()) else { return false };
        let told = complete(lrs, lr.intid());
        let few = lrs.used().iter().filter(|&&lr| !Lr(lr).idle()).count() <= 1;
        let source = self.source(vcpu, lr.intid());
        source.active = false;
        // A linked one cannot tell its end: what was written pending meanwhile waits for some later exit.
        let exit = lr.hardware() && source.latch;
        if lr.hardware() {
            source.line = false;
            self.physical[vcpu] = false;
        }
        if exit || told || (few && self.gic.wants_maintenance(vcpu)) {
            self.kick(1 << vcpu);
        }
        true
    }

    fn fire(&mut self, vcpu: usize) {
        if core::mem::replace(&mut self.physical[vcpu], true) {
            return;
        }
        self.source(vcpu, TIMER).line = true;
        if self.gic.timer_fired(vcpu, TIMER, &mut self.lrs[vcpu]) == Fired::Held {
            self.kick(1 << vcpu);
        }
    }

    fn stop(&mut self, vcpu: usize) {
        self.kick(1 << vcpu);
        self.source(vcpu, TIMER).line = false;
        let linked = self.slot(vcpu, TIMER).hardware() && self.slot(vcpu, TIMER).active();
        let deactivate = self.gic.timer_level(vcpu, TIMER, false, &mut self.lrs[vcpu]);
        assert_eq!(deactivate, self.physical[vcpu] && !linked);
        self.physical[vcpu] &= !deactivate;
        self.kick(1 << vcpu);
    }

    pub(super) fn check(&mut self) {
        self.kick(0b11);
        for vcpu in 0..VCPUS {
            assert_eq!(self.gic.deliverable(vcpu), self.deliverable(vcpu).next().is_some());
            let active = self.gic.physically_active(vcpu, &self.lrs[vcpu]);
            assert_eq!(active, u32::from(self.physical[vcpu]) << TIMER);
        }
    }
}

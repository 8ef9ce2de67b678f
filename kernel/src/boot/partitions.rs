//! Partitions from the plan: memory, address space, images, vCPUs, info pages.

use super::refusal::Refusal;
use crate::{
    arch,
    console::Output,
    memory::{Carver, Range},
    system::{Partition, PoolCell, System, VcpuCell, partition::Parts},
};
use abi::InfoPage;
use config::{
    bundle::Bundle,
    plan::{self, CLOCK_TEXT_BYTES},
};
use sched::Vcpu;

/// Memory of partitions is mapped in blocks of this size.
const BLOCK: u64 = 0x20_0000;

/// Builds every partition; nothing is loaded yet.
#[inline(never)]
pub(super) fn build(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    pools: &'static [PoolCell],
    frequency: u32,
) -> Result<&'static [Partition], Refusal<'static>> {
    let count = bundle.system().partitions as usize;
    let mut places = carver.slots::<Partition>(count).ok_or(Refusal::Memory("the partitions", 0, carver.left()))?;
    for (index, plan) in bundle.partitions().enumerate() {
        let parts = parts(carver, bundle, pools, (index as u16, count), &plan, frequency)?;
        places.push(Partition::new(index as u16, &plan, parts));
    }
    Ok(places.finish())
}

fn parts(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    pools: &'static [PoolCell],
    (index, count): (u16, usize),
    plan: &plan::Partition<'static>,
    frequency: u32,
) -> Result<Parts, Refusal<'static>> {
    let devices = arch::DEVICES;
    if plan.memory_base < devices.end && plan.memory_base.saturating_add(plan.memory_size) > devices.start {
        return Err(Refusal::Devices(plan.name));
    }
    let pool = pools.get(plan.pool as usize).ok_or(Refusal::Machine("does not fit the plan"))?;
    let short = Refusal::Memory(plan.name, plan.memory_size, carver.left());
    let Some(memory) = carver.partition(plan.memory_size, BLOCK) else { return Err(short) };
    let short = Refusal::Memory("the address spaces", 4 * 4096, carver.left());
    let Some(info) = carver.raw(abi::layout::INFO_SIZE, 4096) else { return Err(short) };
    let place = arch::Place { base: plan.memory_base, memory, info: info.start };
    let Some(space) = arch::AddressSpace::new(carver, (index, count), &place) else {
        return Err(short);
    };
    let loads = loads(carver, bundle, index, plan, frequency)?;
    Ok(Parts { memory, info, space, output: Output::default(), loads, pool, name: plan.name })
}

/// The pieces to load, by their offsets in the memory; after those of the plan the frequency of the counter as text,
/// if the plan asks for it.
fn loads(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    index: u16,
    plan: &plan::Partition<'static>,
    frequency: u32,
) -> Result<&'static [(u64, &'static [u8])], Refusal<'static>> {
    let planned = bundle.loads(index).map(|load| (load.address, load.bytes));
    let short = |carver: &Carver| Refusal::Memory("the partitions", 0, carver.left());
    let clock = if plan.clock_text == 0 {
        None
    } else {
        let Some(text) = carver.slice(CLOCK_TEXT_BYTES, b' ') else { return Err(short(carver)) };
        Some((plan.clock_text, write_kilohertz(text, frequency)))
    };
    let count = bundle.loads(index).count() + usize::from(clock.is_some());
    let Some(list) = carver.slice(count, (0, &[][..])) else { return Err(short(carver)) };
    for (place, (address, bytes)) in list.iter_mut().zip(planned.chain(clock)) {
        *place = (address.saturating_sub(plan.memory_base), bytes);
    }
    Ok(list)
}

/// Writes a frequency in kHz, blanks behind it.
fn write_kilohertz(text: &'static mut [u8], hertz: u32) -> &'static [u8] {
    let mut left = hertz / 1000;
    let digits = left.checked_ilog10().unwrap_or(0) as usize + 1;
    for place in text.iter_mut().take(digits).rev() {
        *place = b'0' + (left % 10) as u8;
        left /= 10;
    }
    text
}

/// Checks every image against its checksum.
pub(super) fn check_images(bundle: &Bundle<'static>) -> Result<(), Refusal<'static>> {
    let damaged =
        |(index, _): &(usize, plan::Partition<'static>)| bundle.loads(*index as u16).any(|load| !load.is_intact());
    match bundle.partitions().enumerate().find(damaged) {
        Some((_, plan)) => Err(Refusal::Image(plan.name)),
        None => Ok(()),
    }
}

/// Builds every vCPU and tells pools and partitions of them.
#[inline(never)]
pub(super) fn build_vcpus(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    pools: &'static [PoolCell],
    partitions: &'static [Partition],
) -> Result<(), Refusal<'static>> {
    for (index, pool) in pools.iter().enumerate() {
        let count = bundle.pool(index as u16).map_or(0, |plan| plan.vcpus) as usize;
        let mut places = carver.slots::<VcpuCell>(count).ok_or(Refusal::Memory("the vCPUs", 0, carver.left()))?;
        for (plan, partition) in bundle.partitions().zip(partitions).filter(|(plan, _)| plan.pool as usize == index) {
            for at in 0..plan.vcpus {
                places.push(VcpuCell::new(partition, pool, Vcpu(plan.first_vcpu + at), at));
            }
        }
        let vcpus = places.finish();
        pool.state.lock().vcpus = vcpus;
        for (plan, partition) in bundle.partitions().zip(partitions).filter(|(plan, _)| plan.pool as usize == index) {
            let own = plan.first_vcpu as usize..(plan.first_vcpu + plan.vcpus) as usize;
            partition.vcpus.call_once(|| vcpus.get(own).unwrap_or(&[]));
        }
    }
    Ok(())
}

/// Writes every partition's info page.
#[inline(never)]
pub(super) fn write_info(system: &'static System, bundle: &Bundle<'static>) {
    for (plan, partition) in bundle.partitions().zip(system.partitions) {
        let page = InfoPage {
            clock: system.clock,
            partition: partition.index.into(),
            vcpus: plan.vcpus.into(),
            plan_hash: bundle.system().hash,
            name: plan.name,
            args: plan.args,
        };
        let mut bytes = [0; abi::info::BYTES];
        page.write(&mut bytes);
        let place: Range = partition.info;
        arch::zero(place);
        arch::copy(place.start, &bytes);
    }
}

//! The bundle reader against what the writer makes, and against damage.

use std::sync::Arc;

use config::plan::{End, Expect, FaultAction, Under};
use config::resolved::{PoolRows, Resolved, ResolvedLoad, ResolvedPartition, ResolvedPool, ResolvedVcpu, Shape};
use config::{BadBundle, Bundle, write_bundle};
use proptest::prelude::*;
use sched::{Affinity, AnyRow, Cpu, CpuSet, Duration};

const WIDTHS: [[usize; 4]; 3] = [[0, 0, 3, 0], [2, 1, 0, 3], [6, 6, 6, 6]];

/// A row whose words say where they belong, cut to `width`.
fn row(width: usize, kind: u64, index: u64) -> AnyRow {
    let mut words = [0; 6];
    for (n, word) in words.iter_mut().take(width).enumerate() {
        *word = kind << 32 | index << 8 | n as u64;
    }
    AnyRow(words)
}

fn partition(index: usize, pool: usize, vcpus: usize, image: &Arc<[u8]>) -> ResolvedPartition {
    let hard = CpuSet::only(Cpu(pool as u8));
    let vcpu = |n| ResolvedVcpu {
        affinity: Affinity::hard(hard),
        rows: (0..3).map(|s| row(WIDTHS[s][2], 3, (index * 8 + n) as u64)).collect(),
    };
    ResolvedPartition {
        name: format!("partition {index}"),
        image: String::new(),
        args: format!("period={index}ms"),
        pool,
        memory_base: 0x4000_0000,
        memory_size: 4 << 20,
        entry: 0x4000_0040,
        boot_arg: if index == 0 { 0x4010_0000 } else { 0 },
        clock_text: 0,
        loads: vec![ResolvedLoad { address: 0x4000_0000 + index as u64, bytes: image.clone() }],
        on_fault: [FaultAction::Restart, FaultAction::Idle, FaultAction::StopSystem][index % 3],
        exit_limit: index as u32 * 1000,
        control: index % 2 == 1,
        expect: Expect {
            misses: (index == 1).then_some(0),
            jitter: (index == 2).then_some(Duration::from_micros(5)),
            end: [None, Some(End::PowerOff), Some(End::Running), Some(End::Idle)][index % 4],
            restarts: (index == 0).then_some(2),
            under: if index == 1 { Under(0b010) } else { Under::ALL },
        },
        rows: (0..3).map(|s| row(WIDTHS[s][1], 2, index as u64)).collect(),
        vcpus: (0..vcpus).map(vcpu).collect(),
    }
}

/// Two pools, four partitions, three schedulers of which the last cannot run the first pool.
fn sample() -> Resolved {
    let image: Arc<[u8]> = (0..5000_u32).map(|n| (n * 7) as u8).collect::<Vec<_>>().into();
    let other: Arc<[u8]> = vec![3; 4096].into();
    let pool = |index: usize| ResolvedPool {
        name: format!("pool {index}"),
        cpus: CpuSet::only(Cpu(index as u8)),
        scheduler: index,
        rows: (0..3)
            .map(|s| {
                let entries = if s == 1 { (0..3).map(|n| row(3, 4, index as u64 * 10 + n)).collect() } else { vec![] };
                (s < 2 || index == 1).then(|| PoolRows { row: row(WIDTHS[s][0], 1, index as u64), entries })
            })
            .collect(),
    };
    Resolved {
        name: "sample".into(),
        stop: Some(Duration::from_millis(1500)),
        trace_bytes: 64 << 20,
        schedulers: ["one", "two", "three"]
            .iter()
            .zip(WIDTHS)
            .map(|(name, [pool_words, group_words, vcpu_words, entry_words])| Shape {
                name: (*name).into(),
                pool_words,
                group_words,
                vcpu_words,
                entry_words,
            })
            .collect(),
        pools: vec![pool(0), pool(1)],
        partitions: vec![
            partition(0, 0, 2, &image),
            partition(1, 0, 1, &image),
            partition(2, 1, 3, &other),
            partition(3, 1, 1, &image),
        ],
    }
}

#[test]
fn what_is_written_is_read() {
    let (plan, bytes) = (sample(), write_bundle(&sample()));
    let bundle = Bundle::read(&bytes).expect("valid");
    let system = bundle.system();
    assert_eq!((system.name, system.stop, system.trace_bytes), ("sample", plan.stop, 64 << 20));
    assert_eq!((system.pools, system.partitions, system.vcpus), (2, 4, 7));
    assert_eq!(system.cpus, CpuSet::from_bits(3));
    let mut first = 0;
    for (index, (has, want)) in bundle.partitions().zip(&plan.partitions).enumerate() {
        assert_eq!((has.name, has.args, usize::from(has.pool)), (&*want.name, &*want.args, want.pool));
        if index == 2 {
            first = 0;
        }
        assert_eq!((usize::from(has.group), usize::from(has.first_vcpu)), (index % 2, first));
        first += want.vcpus.len();
        assert_eq!((has.memory_base, has.memory_size), (want.memory_base, want.memory_size));
        assert_eq!((has.entry, has.boot_arg, has.expect), (want.entry, want.boot_arg, want.expect));
        assert_eq!((has.on_fault, has.exit_limit, has.control), (want.on_fault, want.exit_limit, want.control));
        let loads: Vec<_> = bundle.loads(index as u16).collect();
        assert_eq!(loads.len(), 1);
        assert_eq!((loads[0].address, loads[0].bytes), (want.loads[0].address, &*want.loads[0].bytes));
        assert!(loads[0].is_intact());
    }
}

#[test]
fn rows_come_back_to_their_owners() {
    let (plan, bytes) = (sample(), write_bundle(&sample()));
    let bundle = Bundle::read(&bytes).expect("valid");
    for (s, name) in ["one", "two", "three"].into_iter().enumerate() {
        for (p, pool) in plan.pools.iter().enumerate() {
            let (has, want) = (bundle.pool_row(p as u16, name), &pool.rows[s]);
            assert_eq!(has.map(|has| has.row), want.as_ref().map(|want| want.row));
            for (n, entry) in want.iter().flat_map(|want| &want.entries).enumerate() {
                assert_eq!(bundle.entry(p as u16, name, n as u16), Some(*entry));
            }
            assert_eq!(bundle.entry(p as u16, name, 3), None);
            let own: Vec<_> = plan.partitions.iter().filter(|partition| partition.pool == p).collect();
            for (g, partition) in own.iter().enumerate() {
                assert_eq!(bundle.group_row(p as u16, name, g as u16), Some(partition.rows[s]));
            }
            for (v, vcpu) in own.iter().flat_map(|partition| &partition.vcpus).enumerate() {
                assert_eq!(bundle.vcpu_row(p as u16, name, v as u16), Some(vcpu.rows[s]));
                assert_eq!(bundle.vcpu(p as u16, v as u16).map(|has| has.affinity), Some(vcpu.affinity));
            }
        }
    }
}

#[test]
fn what_does_not_exist_is_none() {
    let bytes = write_bundle(&sample());
    let bundle = Bundle::read(&bytes).expect("valid");
    assert_eq!(bundle.pool(2), None);
    assert_eq!(bundle.partition(4), None);
    assert_eq!(bundle.loads(4).count(), 0);
    assert_eq!(bundle.vcpu(0, 3), None);
    assert_eq!(bundle.vcpu_row(0, "one", 3), None);
    assert_eq!(bundle.group_row(1, "two", 2), None);
    assert_eq!(bundle.pool_row(0, "four"), None);
    assert_eq!(bundle.pool_row(0, "three"), None);
}

#[test]
fn an_expectation_holds_only_under_the_schedulers_it_names() {
    let bytes = write_bundle(&sample());
    let bundle = Bundle::read(&bytes).expect("valid");
    assert_eq!(bundle.expect(1, "two").misses, Some(0));
    assert_eq!(bundle.expect(1, "one"), Expect::default());
    assert_eq!(bundle.expect(1, "unheard of"), Expect::default());
    assert_eq!(bundle.expect(2, "unheard of").jitter, Some(Duration::from_micros(5)));
}

#[test]
fn identical_images_are_stored_once() {
    let bytes = write_bundle(&sample());
    let bundle = Bundle::read(&bytes).expect("valid");
    let of = |index| bundle.loads(index).next().expect("a load").bytes.as_ptr();
    assert_eq!(of(0), of(1));
    assert_eq!(of(0), of(3));
    assert_ne!(of(0), of(2));
    assert!(bytes.len() < 3 * 8192);
}

#[test]
fn a_plan_is_read_without_its_images() {
    let bytes = write_bundle(&sample());
    let whole = Bundle::read(&bytes).expect("valid");
    let plan = Bundle::read_plan(whole.plan_bytes()).expect("valid");
    assert_eq!(plan.system(), whole.system());
    let load = plan.loads(0).next().expect("a load");
    assert_eq!((load.bytes.len(), load.size), (0, 5000));
    assert_eq!(
        Bundle::read(whole.plan_bytes()).err(),
        Some(BadBundle::Short { needs: bytes.len() as u64, has: plan.plan_bytes().len() as u64 })
    );
}

#[test]
fn the_hash_covers_the_images() {
    let mut changed = sample();
    changed.partitions[2].loads[0].bytes = vec![4; 4096].into();
    let hash = |plan: &Resolved| Bundle::read(&write_bundle(plan)).expect("valid").system().hash;
    assert_ne!(hash(&sample()), hash(&changed));
    assert_eq!(hash(&sample()), hash(&sample()));
}

#[test]
fn a_damaged_image_is_found() {
    let mut bytes = write_bundle(&sample());
    let last = bytes.len() - 1;
    bytes[last] ^= 0x10;
    let bundle = Bundle::read(&bytes).expect("the plan is whole");
    assert!(bundle.loads(0).all(|load| load.is_intact()));
    assert!(!bundle.loads(2).all(|load| load.is_intact()));
}

#[test]
fn a_refusal_is_a_sentence() {
    let bytes = write_bundle(&sample());
    let refusal = |bytes: &[u8]| Bundle::read(bytes).expect_err("damaged").to_string();
    assert!(refusal(b"ELF").starts_with("this is no Majorframe bundle"));
    assert!(refusal(&bytes[..100]).starts_with("the bundle is cut off: it needs "));
    let mut damaged = bytes.clone();
    damaged[50] ^= 1;
    assert!(refusal(&damaged).starts_with("the bundle is damaged: "));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert!(refusal(&newer).starts_with("the bundle has format version 9, "));
}

/// Writes the checksum that the reader wants to see.
fn seal(bytes: &mut [u8]) {
    let Some(field) = bytes.get(24..32) else { return };
    let plan = u64::from_le_bytes(field.try_into().expect("8 bytes")) as usize;
    if plan < 88 || plan > bytes.len() {
        return;
    }
    let mut digest = CRC.digest();
    digest.update(&bytes[..32]);
    digest.update(&bytes[40..plan]);
    let crc = digest.finalize();
    bytes[32..40].copy_from_slice(&crc.to_le_bytes());
}

static CRC: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_XZ);

/// Calls every accessor on a bundle that was accepted and checks what the kernel relies on.
fn use_all(bundle: &Bundle) {
    let system = bundle.system();
    for (p, pool) in bundle.pools().enumerate() {
        let p = p as u16;
        assert!(!pool.cpus.is_empty() && !pool.scheduler.is_empty());
        assert!(bundle.pool_row(p, pool.scheduler).is_some());
        assert!(pool.first_partition + pool.groups <= system.partitions);
        assert!(pool.first_vcpu + pool.vcpus <= system.vcpus);
        for name in bundle.schedulers() {
            let entries = bundle.pool_row(p, name).map_or(0, |row| row.entries);
            assert!((0..entries).all(|n| bundle.entry(p, name, n).is_some()));
            assert!((0..pool.groups).all(|n| bundle.group_row(p, name, n).is_some()));
            assert!((0..pool.vcpus).all(|n| bundle.vcpu_row(p, name, n).is_some()));
        }
        for v in 0..pool.vcpus {
            let affinity = bundle.vcpu(p, v).expect("in range").affinity;
            assert!(!affinity.hard.is_empty() && affinity.hard.without(pool.cpus).is_empty());
        }
    }
    for (index, partition) in bundle.partitions().enumerate() {
        let end = partition.memory_base + partition.memory_size;
        assert!((1..=8).contains(&partition.vcpus) && (partition.memory_base..end).contains(&partition.entry));
        assert!(partition.pool < system.pools);
        assert_eq!(bundle.loads(index as u16).count(), usize::from(partition.loads));
        for load in bundle.loads(index as u16) {
            assert!(load.address >= partition.memory_base && load.address + load.size <= end && load.size > 0);
            assert_eq!(load.bytes.len() as u64, load.size);
            load.is_intact();
        }
        for name in bundle.schedulers() {
            bundle.expect(index as u16, name);
        }
    }
}

#[test]
fn every_single_bit_of_the_plan_is_covered() {
    let bytes = write_bundle(&sample());
    let length = Bundle::read(&bytes).expect("valid").plan_bytes().len();
    for bit in 0..length * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Bundle::read(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn a_resealed_flip_of_any_bit_never_hands_out_nonsense() {
    let bytes = write_bundle(&sample());
    let length = Bundle::read(&bytes).expect("valid").plan_bytes().len();
    for bit in 0..length * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        seal(&mut damaged);
        if let Ok(bundle) = Bundle::read(&damaged) {
            use_all(&bundle);
        }
    }
}

proptest! {
    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Bundle::read(&bytes).is_err());
    }

    #[test]
    fn a_truncated_bundle_is_refused(cut in any::<prop::sample::Index>()) {
        let bytes = write_bundle(&sample());
        prop_assert!(Bundle::read(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn a_resealed_forgery_never_hands_out_nonsense(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u64>(), 0_u64..16, Just(u64::MAX)]), 1..6)
    ) {
        let mut bytes = write_bundle(&sample());
        let words = Bundle::read(&bytes).expect("valid").plan_bytes().len() / 8;
        for (place, value) in changes {
            let at = place.index(words) * 8;
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        seal(&mut bytes);
        if let Ok(bundle) = Bundle::read(&bytes) {
            use_all(&bundle);
        }
    }
}

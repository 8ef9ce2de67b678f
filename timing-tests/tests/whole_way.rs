//! The whole way of a trace: a bundle's plan, a run of every policy, the file, the numbers, the replay.

use config::{
    Bundle,
    plan::{Expect, FaultAction, Under},
    resolved::{PoolRows, Resolved, ResolvedLoad, ResolvedPartition, ResolvedPool, ResolvedVcpu, Shape},
    write_bundle,
};
use policies::{Descriptor, Heap, Policy, REGISTRY, Spec};
use sched::{
    Affinity, AnyRow, Change, Cpu, CpuSet, Duration, Group, Instant, Life, Pool, Vcpu, When, Why, param::default_row,
};
use timing_tests::{Outcome, Plan, measure, replay};
use trace::{Event, Recording, Ring, Seam, Sink, Unit, Words};

const MS: u64 = 1_000_000;
const END: u64 = 100 * MS;

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

/// Rows with every default, and what has none.
fn rows(policy: &Descriptor) -> PoolRows {
    let window = |group, start| AnyRow([group, start, 5 * MS, u64::MAX, 0, 0]);
    match policy.table {
        Some(_) => PoolRows { row: AnyRow([10 * MS, 0, 0, 0, 0, 0]), entries: vec![window(0, 0), window(1, 5 * MS)] },
        None => PoolRows { row: AnyRow(default_row(policy.pool)), entries: vec![] },
    }
}

fn partition(name: &str) -> ResolvedPartition {
    let of = |keys: fn(&Descriptor) -> &'static [sched::Key]| {
        REGISTRY.iter().map(|policy| AnyRow(default_row(keys(policy)))).collect()
    };
    ResolvedPartition {
        name: name.into(),
        image: String::new(),
        args: String::new(),
        pool: 0,
        memory_base: 0x4000_0000,
        memory_size: 2 << 20,
        entry: 0x4000_0000,
        boot_arg: 0,
        clock_text: 0,
        loads: vec![ResolvedLoad { address: 0x4000_0000, bytes: vec![1; 16].into() }],
        on_fault: FaultAction::Idle,
        exit_limit: 0,
        control: false,
        // Only the second policy of the registry is expected to keep it.
        expect: Expect { restarts: Some(1), under: Under(2), ..Expect::default() },
        rows: of(|policy| policy.group),
        vcpus: vec![ResolvedVcpu { affinity: Affinity::hard(CpuSet::only(Cpu(0))), rows: of(|policy| policy.vcpu) }],
    }
}

fn bundle() -> Vec<u8> {
    let shape = |policy: &Descriptor| Shape {
        name: policy.name.into(),
        pool_words: policy.pool.len(),
        group_words: policy.group.len(),
        vcpu_words: policy.vcpu.len(),
        entry_words: policy.table.map_or(0, |(_, keys)| keys.len()),
    };
    let pool = ResolvedPool {
        name: "main".into(),
        cpus: CpuSet::only(Cpu(0)),
        scheduler: 0,
        rows: REGISTRY.iter().map(|policy| Some(rows(policy))).collect(),
    };
    write_bundle(&Resolved {
        name: "both".into(),
        stop: None,
        trace_bytes: 1 << 20,
        schedulers: REGISTRY.iter().map(shape).collect(),
        pools: vec![pool],
        partitions: vec![partition("one"), partition("two")],
    })
}

#[derive(Default)]
struct Collect(Vec<Event>);

impl Sink for Collect {
    fn push(&mut self, event: Words) {
        self.0.push(Event::decode(&event).expect("the seam writes valid events"));
    }
}

/// Two vCPUs that always want to run, as the hypervisor would run them.
fn run(bundle: &Bundle<'_>, policy: &Descriptor) -> Recording {
    let PoolRows { row, entries } = rows(policy);
    let table = entries.iter().copied();
    let cpus = CpuSet::only(Cpu(0));
    let spec = Spec { name: policy.name, row, table, entries: entries.len(), cpus, vcpus: 2, groups: 2, now: at(0) };
    let Ok(policy_of_pool): Result<Policy<Heap>, _> = policies::build(&mut Heap, spec) else { panic!("not built") };
    let mut pool = Pool::new(policy_of_pool, vec![Life::ABSENT; 2], at(0));
    let mut sink = Collect::default();
    let log = &mut Seam::new(0, 0, &mut sink);
    for index in 0..2 {
        let group = AnyRow(default_row(policy.group));
        pool.change(&[Change::Group(Group(index), group)], When::Now, at(0), log);
        pool.add(Vcpu(index), Group(index), AnyRow(default_row(policy.vcpu)), Affinity::ANY, at(0), log)
            .expect("admitted");
        pool.wake(Vcpu(index), at(0), log);
    }
    let mut now = at(0);
    while now < at(END) {
        while pool.alarm().is_some_and(|alarm| alarm <= now) {
            pool.expire(now, log);
        }
        let until = pool.pick(Cpu(0), now, log).choice.until.unwrap_or(Instant::MAX);
        let next = until.min(pool.alarm().unwrap_or(Instant::MAX)).min(at(END));
        now = next.max(now + Duration::from_nanos(1));
    }
    pool.block(Vcpu(0), Why::Wait, at(END), log);
    for v in [Vcpu(0), Vcpu(1)] {
        let times = pool.life(v).times(at(END));
        sink.0.push(Event::Times { pool: 0, v, now: at(END), times });
    }
    Recording {
        unit: Unit::Simulated,
        plan_hash: bundle.system().hash,
        schedulers: vec![policy.name.into()],
        epoch: 0,
        frequency: 1_000_000_000,
        ended: true,
        end_time: at(END),
        rings: vec![Ring { events: sink.0, dropped: 0, losses: vec![] }],
    }
}

#[test]
fn every_policy_is_measured_and_replayed_from_its_trace_file() {
    let bytes = bundle();
    let bundle = Bundle::read(&bytes).expect("the bundle is valid");
    for (index, policy) in REGISTRY.iter().enumerate() {
        let mut file = Vec::new();
        trace::save(&mut file, &run(&bundle, policy), bundle.plan_bytes()).expect("memory takes everything");
        let (recording, plan) = trace::load(&mut file.as_slice()).expect("the file is valid");
        let plan = Plan::read(&plan, &recording).expect("the plan is the one that ran");
        let report = measure(&recording, &plan);
        assert!(report.orderly && report.replayable);
        assert_eq!(report.pools[0].scheduler, policy.name);
        for partition in &report.partitions {
            assert_eq!(partition.ledger_difference, Some(0), "{}: {}", policy.name, partition.name);
        }
        let expected = if index == 1 { Outcome::Broken } else { Outcome::Held };
        assert_eq!(report.outcome(), expected, "the expectation is limited to one policy");
        let replays = replay(&recording, &plan);
        assert!(replays.iter().all(timing_tests::Replay::is_same), "{}", replays[0]);
    }
}

#[test]
fn policies_that_promise_a_share_keep_it() {
    let bytes = bundle();
    let bundle = Bundle::read(&bytes).expect("the bundle is valid");
    let weighs = |policy: &&Descriptor| policy.group.iter().any(|key| key.name == "weight");
    for policy in REGISTRY.iter().filter(|policy| policy.table.is_some() || weighs(policy)) {
        let name = policy.name;
        let recording = run(&bundle, policy);
        let plan = Plan::read(bundle.plan_bytes(), &recording).expect("the plan is the one that ran");
        for partition in measure(&recording, &plan).partitions {
            assert_eq!(partition.promised, Some(500_000), "{name}");
            assert!(partition.share.abs_diff(500_000) <= 150_000, "{name}: {}", partition.share);
        }
    }
}

#[test]
fn a_plan_that_did_not_run_is_refused() {
    let bytes = bundle();
    let bundle = Bundle::read(&bytes).expect("the bundle is valid");
    let says = |change: fn(&mut Recording)| {
        let mut recording = run(&bundle, &REGISTRY[0]);
        change(&mut recording);
        Plan::read(bundle.plan_bytes(), &recording).map(|_| ()).expect_err("it does not fit").to_string()
    };
    assert!(says(|recording| recording.plan_hash = 1).starts_with("the trace was made with plan 0000000000000001"));
    assert_eq!(
        says(|recording| recording.schedulers.clear()),
        "the trace names schedulers of 0 pools, but the plan has 1"
    );
    let unknown = says(|recording| recording.schedulers = vec!["edf".into()]);
    assert_eq!(unknown, "scheduler edf ran, which this tool does not know; build it in");
}

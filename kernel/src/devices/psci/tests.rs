use super::*;

fn call(id: u32) -> Request {
    decode([u64::from(id), 1, 2, 3])
}

#[test]
fn calls_without_arguments_are_decoded() {
    assert_eq!(call(0x8400_0000), Request::Version);
    assert_eq!(call(0x8400_0002), Request::CpuOff);
    assert_eq!(call(0x8400_0006), Request::MigrateInfoType);
    assert_eq!(call(0x8400_0008), Request::SystemOff);
    assert_eq!(call(0x8400_0009), Request::SystemReset);
    assert_eq!(call(0x8000_0000), Request::SmcccVersion);
}

#[test]
fn both_forms_of_a_call_mean_the_same() {
    for id in [0x8400_0003, 0xc400_0003] {
        assert_eq!(call(id), Request::CpuOn { target: 1, entry: 2, context: 3 });
    }
    for id in [0x8400_0004, 0xc400_0004] {
        assert_eq!(call(id), Request::AffinityInfo { target: 1, level: 2 });
    }
    for id in [0x8400_0001, 0xc400_0001] {
        assert_eq!(call(id), Request::CpuSuspend { state: 1, entry: 2, context: 3 });
    }
    for id in [0x8400_0012, 0xc400_0012] {
        assert_eq!(call(id), Request::SystemReset2 { kind: 1, cookie: 2 });
    }
}

#[test]
fn narrow_calls_see_only_the_low_half_of_their_arguments() {
    let x = [0xdead_beef_8400_0003, 0xffff_ffff_0000_0001, 0x1_4000_0000, 0x5_0000_0007];
    assert_eq!(decode(x), Request::CpuOn { target: 1, entry: 0x4000_0000, context: 7 });
    let x = [0xdead_beef_c400_0003, 1, 0x1_4000_0000, 0x5_0000_0007];
    assert_eq!(decode(x), Request::CpuOn { target: 1, entry: 0x1_4000_0000, context: 0x5_0000_0007 });
}

#[test]
fn calls_that_exist_only_narrow_are_unknown_when_wide() {
    for id in [0xc400_0000, 0xc400_0002, 0xc400_0006, 0xc400_0008, 0xc400_0009, 0xc400_000a, 0xc000_0000] {
        assert_eq!(call(id), Request::Unknown, "{id:#x}");
    }
}

#[test]
fn foreign_calls_are_unknown() {
    for id in [0, 0x8400_0005, 0x8400_0050, 0x8400_0100, 0x8600_ff01, 0x0400_0000, 0x8000_8000, u32::MAX] {
        assert_eq!(call(id), Request::Unknown, "{id:#x}");
    }
}

#[test]
fn features_names_what_decoding_knows() {
    for id in [0x8400_0000, 0x8400_0001, 0xc400_0001, 0x8400_0002, 0x8400_0003, 0xc400_0003, 0xc400_0004, 0x8400_0008] {
        assert_eq!(features(id), SUCCESS, "{id:#x}");
    }
    assert_eq!(features(0x8000_0000), SUCCESS, "the version of the calling convention can be asked for");
    for id in [0x8400_0005, 0x8400_000e, 0xc400_000e, 0x8000_0001, 0x8000_8000, 0] {
        assert_eq!(features(id), NOT_SUPPORTED, "{id:#x}");
    }
}

#[test]
fn architecture_features_offer_no_workarounds() {
    assert_eq!(decode([0x8000_0001, 0xffff_ffff_8000_8000, 0, 0]), Request::SmcccArchFeatures(0x8000_8000));
    assert_eq!([0x8000_0000, 0x8000_0001].map(arch_features), [SUCCESS; 2]);
    assert_eq!([0x8000_8000, 0x8000_7fff, 0x8000_3fff, 0x8000_0002].map(arch_features), [NOT_SUPPORTED; 4]);
}

#[test]
fn failures_are_negative_in_both_halves() {
    assert_eq!(answer(NOT_SUPPORTED), u64::MAX);
    assert_eq!(answer(VERSION), 0x1_0001);
}

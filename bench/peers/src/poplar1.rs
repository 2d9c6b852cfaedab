//! Poplar1 on the cases of `bench/bench_poplar1.c`: 256 random prefixes in order. The helper's part
//! of both rounds is one figure.

use crate::{measure, nonce, Size, CTX, VERIFY_KEY};
use prio::{
    idpf::IdpfInput,
    vdaf::{
        poplar1::{Poplar1, Poplar1AggregationParam},
        Aggregator, Client, VerifyTransition,
    },
};
use std::hint::black_box;

const BITS: usize = 128;
const N_PREFIXES: usize = 256;
const N_REPORTS: usize = 2;
const SIZE: Size = Size { batch: N_REPORTS, repetitions: 5 };

/// xorshift64*: the same bytes in every run.
fn fill(out: &mut [u8], state: &mut u64) {
    for byte in out {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        *byte = (state.wrapping_mul(0x2545f4914f6cdd1d) >> 56) as u8;
    }
}

pub fn run(name: &str, level: usize) {
    let mut state = 20260101;
    let mut prefixes: Vec<Vec<u8>> = (0..N_PREFIXES)
        .map(|_| {
            let mut prefix = vec![0; (level + 8) / 8];
            fill(&mut prefix, &mut state);
            prefix
        })
        .collect();
    prefixes.sort();
    let measurements: Vec<IdpfInput> = (0..N_REPORTS)
        .map(|i| {
            let mut bytes = vec![0; BITS / 8];
            bytes[..(level + 8) / 8].copy_from_slice(&prefixes[7 * i]);
            IdpfInput::from_bytes(&bytes)
        })
        .collect();
    let agg_param = Poplar1AggregationParam::try_from_prefixes(
        prefixes.iter().map(|p| IdpfInput::from_bytes(p)).collect(),
    )
    .expect("prefixes are in order");
    let vdaf = Poplar1::new_turboshake128(BITS);
    let shard = |i: usize| {
        vdaf.shard(&CTX, &measurements[i], &nonce(i))
            .expect("the measurement has 128 bits")
    };
    let reports: Vec<_> = (0..N_REPORTS).map(shard).collect();
    let verify_init = |i: usize, agg_id: usize| {
        let (public_share, input_shares) = &reports[i];
        vdaf.verify_init(
            &VERIFY_KEY,
            &CTX,
            agg_id,
            &agg_param,
            &nonce(i),
            public_share,
            &input_shares[agg_id],
        )
        .expect("the report is honest")
    };
    let next = |state, message| match vdaf.verify_next(&CTX, state, message) {
        Ok(VerifyTransition::Continue(state, share)) => (state, share),
        _ => panic!("the first round goes on"),
    };

    measure(name, "shard", SIZE, || (), |()| {
        for i in 0..N_REPORTS {
            black_box(shard(i));
        }
    });
    measure(name, "helper_verify_init", SIZE, || (), |()| {
        for i in 0..N_REPORTS {
            black_box(verify_init(i, 1));
        }
    });
    let leaders: Vec<_> = (0..N_REPORTS).map(|i| verify_init(i, 0)).collect();
    measure(name, "helper", SIZE, || (), |()| {
        let out_shares: Vec<_> = (0..N_REPORTS)
            .map(|i| {
                let (leader, leader_share) = leaders[i].clone();
                let (helper, helper_share) = verify_init(i, 1);
                let message = vdaf
                    .verifier_shares_to_message(&CTX, &agg_param, [leader_share, helper_share])
                    .expect("both are sketches");
                let (_, leader_share) = next(leader, message.clone());
                let (helper, helper_share) = next(helper, message);
                let message = vdaf
                    .verifier_shares_to_message(&CTX, &agg_param, [leader_share, helper_share])
                    .expect("the report is honest");
                match vdaf.verify_next(&CTX, helper, message) {
                    Ok(VerifyTransition::Finish(out_share)) => out_share,
                    _ => panic!("two rounds end the verification"),
                }
            })
            .collect();
        black_box(vdaf.aggregate(&agg_param, out_shares).expect("out shares add up"));
    });
}

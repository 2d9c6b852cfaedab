//! Times the steps of Prio3 in the `prio` crate on the cases of `bench/bench_vdaf.c`: batches of 100
//! different reports, 31 repetitions, the thread's own time, a JSON line a step. Encoding and
//! decoding are left out here and are included in hubbub's figures.

mod poplar1;

use cpu_time::ThreadTime;
use prio::vdaf::{
    prio3::{Prio3, Prio3PublicShare, Prio3InputShare},
    Aggregator, Client, VerifyTransition,
};
use std::hint::black_box;

const N_REPORTS: usize = 100;
const REPETITIONS: usize = 31;
const CTX: [u8; 38] = [0; 38];
const VERIFY_KEY: [u8; 32] = [0; 32];

fn nonce(i: usize) -> [u8; 16] {
    let mut nonce = [0; 16];
    nonce[0] = i as u8;
    nonce
}

/// Runs `batch` over `n` reports and prints the median of its repetitions, per report.
fn measure_batch(vdaf: &str, step: &str, n: usize, repetitions: usize, mut batch: impl FnMut()) {
    let mut us: Vec<f64> = (0..repetitions)
        .map(|_| {
            let start = ThreadTime::now();
            batch();
            start.elapsed().as_nanos() as f64 / 1e3 / n as f64
        })
        .collect();
    us.sort_by(f64::total_cmp);
    println!(
        "{{\"bench\": \"prio\", \"vdaf\": \"{vdaf}\", \"step\": \"{step}\", \"batch\": {n}, \
         \"repetitions\": {repetitions}, \"us_per_report\": {:.3}, \"fastest\": {:.3}, \
         \"slowest\": {:.3}}}",
        us[repetitions / 2],
        us[0],
        us[repetitions - 1]
    );
}

fn measure(vdaf: &str, step: &str, batch: impl FnMut()) {
    measure_batch(vdaf, step, N_REPORTS, REPETITIONS, batch);
}

fn run<T>(name: &str, vdaf: Prio3<T, prio::vdaf::xof::XofTurboShake128, 32>, m: &[T::Measurement])
where
    T: prio::flp::Type,
{
    let shard = |i: usize| {
        vdaf.shard(&CTX, &m[i % m.len()], &nonce(i))
            .expect("the measurement is in range")
    };
    let reports: Vec<(Prio3PublicShare<32>, Vec<Prio3InputShare<T::Field, 32>>)> =
        (0..N_REPORTS).map(shard).collect();
    let verify_init = |i: usize, agg_id: usize| {
        let (public_share, input_shares) = &reports[i];
        vdaf.verify_init(
            &VERIFY_KEY,
            &CTX,
            agg_id,
            &(),
            &nonce(i),
            public_share,
            &input_shares[agg_id],
        )
        .expect("the report is honest")
    };

    measure(name, "shard", || {
        for i in 0..N_REPORTS {
            black_box(shard(i));
        }
    });
    measure(name, "leader_verify_init", || {
        for i in 0..N_REPORTS {
            black_box(verify_init(i, 0));
        }
    });
    measure(name, "helper_verify_init", || {
        for i in 0..N_REPORTS {
            black_box(verify_init(i, 1));
        }
    });

    let started: Vec<_> = (0..N_REPORTS)
        .map(|i| (verify_init(i, 0), verify_init(i, 1)))
        .collect();
    let to_message = |i: usize| {
        let ((_, leader), (_, helper)) = &started[i];
        vdaf.verifier_shares_to_message(&CTX, &(), [leader.clone(), helper.clone()])
            .expect("the proof holds")
    };
    measure(name, "verifier_shares_to_message", || {
        for i in 0..N_REPORTS {
            black_box(to_message(i));
        }
    });
    let out_shares: Vec<_> = (0..N_REPORTS)
        .map(|i| {
            let (_, (state, _)) = &started[i];
            match vdaf.verify_next(&CTX, state.clone(), to_message(i)) {
                Ok(VerifyTransition::Finish(out_share)) => out_share,
                _ => panic!("one round ends the verification"),
            }
        })
        .collect();
    measure(name, "aggregate", || {
        black_box(vdaf.aggregate(&(), out_shares.iter().cloned()).expect("out shares add up"));
    });
}

fn main() {
    run("Count", Prio3::new_count(2).unwrap(), &[false, true]);
    run("Sum(1000)", Prio3::new_sum(2, 1000).unwrap(), &[0, 1]);
    run(
        "SumVec(5,65535,9)",
        Prio3::new_sum_vec(2, 65535, 5, 9).unwrap(),
        &[vec![1, 0, 0, 0, 0]],
    );
    run("Histogram(8,3)", Prio3::new_histogram(2, 8, 3).unwrap(), &[0, 1]);
    run("Histogram(100,10)", Prio3::new_histogram(2, 100, 10).unwrap(), &[0, 1]);
    run("Histogram(1000,32)", Prio3::new_histogram(2, 1000, 32).unwrap(), &[0, 1]);
    let mut one = vec![false; 50];
    one[0] = true;
    run(
        "MultihotCountVec(50,5,7)",
        Prio3::new_multihot_count_vec(2, 50, 5, 7).unwrap(),
        &[one],
    );
    poplar1::run("Poplar1(128), 256 leaves", 127);
    poplar1::run("Poplar1(128), 256 at level 63", 63);
}

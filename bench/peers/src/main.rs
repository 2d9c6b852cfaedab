//! Times the steps of Prio3 in the `prio` crate on the cases of `bench/bench_vdaf.c`: batches of 100
//! different reports, 31 repetitions (large cases: 24 and 7), the thread's own time, a JSON line a
//! step. Encoding, decoding and copies of what a step consumes are left out here and are included in
//! hubbub's figures. `helper` is the sum of what a helper does for a report.

mod poplar1;

use cpu_time::ThreadTime;
use prio::vdaf::{
    prio3::{Prio3, Prio3PublicShare, Prio3InputShare},
    Aggregator, Client, VerifyTransition,
};
use std::hint::black_box;

/// Reports in a batch and repetitions.
#[derive(Clone, Copy)]
struct Size {
    batch: usize,
    repetitions: usize,
}

const SMALL: Size = Size { batch: 100, repetitions: 31 };
const LARGE: Size = Size { batch: 24, repetitions: 7 };
const CTX: [u8; 38] = [0; 38];
const VERIFY_KEY: [u8; 32] = [0; 32];

fn nonce(i: usize) -> [u8; 16] {
    let mut nonce = [0; 16];
    nonce[0] = i as u8;
    nonce
}

/// Median, fastest, slowest.
fn print(vdaf: &str, step: &str, size: Size, us: [f64; 3]) {
    println!(
        "{{\"bench\": \"prio\", \"vdaf\": \"{vdaf}\", \"step\": \"{step}\", \"batch\": {}, \
         \"repetitions\": {}, \"us_per_report\": {:.3}, \"fastest\": {:.3}, \"slowest\": {:.3}}}",
        size.batch, size.repetitions, us[0], us[1], us[2]
    );
}

/// Runs `batch` over as many reports as `size` says, with what `prepare` makes for it meanwhile, and
/// prints and returns median, fastest and slowest of its repetitions, per report.
fn measure<I>(
    vdaf: &str,
    step: &str,
    size: Size,
    mut prepare: impl FnMut() -> I,
    mut batch: impl FnMut(I),
) -> [f64; 3] {
    let mut us: Vec<f64> = (0..size.repetitions)
        .map(|_| {
            let input = prepare();
            let start = ThreadTime::now();
            batch(input);
            start.elapsed().as_nanos() as f64 / 1e3 / size.batch as f64
        })
        .collect();
    us.sort_by(f64::total_cmp);
    let line = [us[us.len() / 2], us[0], us[us.len() - 1]];
    print(vdaf, step, size, line);
    line
}

fn run<T>(
    name: &str,
    size: Size,
    vdaf: Prio3<T, prio::vdaf::xof::XofTurboShake128, 32>,
    m: &[T::Measurement],
) where
    T: prio::flp::Type,
{
    let shard = |i: usize| {
        vdaf.shard(&CTX, &m[i % m.len()], &nonce(i))
            .expect("the measurement is in range")
    };
    let reports: Vec<(Prio3PublicShare<32>, Vec<Prio3InputShare<T::Field, 32>>)> =
        (0..size.batch).map(shard).collect();
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

    let none = || ();
    measure(name, "shard", size, none, |()| {
        for i in 0..size.batch {
            black_box(shard(i));
        }
    });
    measure(name, "leader_verify_init", size, none, |()| {
        for i in 0..size.batch {
            black_box(verify_init(i, 0));
        }
    });
    let init = measure(name, "helper_verify_init", size, none, |()| {
        for i in 0..size.batch {
            black_box(verify_init(i, 1));
        }
    });

    let started: Vec<_> = (0..size.batch)
        .map(|i| (verify_init(i, 0), verify_init(i, 1)))
        .collect();
    let shares = |i: usize| {
        let ((_, leader), (_, helper)) = &started[i];
        [leader.clone(), helper.clone()]
    };
    let to_message = |shares| {
        vdaf.verifier_shares_to_message(&CTX, &(), shares)
            .expect("the proof holds")
    };
    measure(
        name,
        "verifier_shares_to_message",
        size,
        || (0..size.batch).map(shares).collect::<Vec<_>>(),
        |all| {
            for shares in all {
                black_box(to_message(shares));
            }
        },
    );
    let verify_next = |state, message| match vdaf.verify_next(&CTX, state, message) {
        Ok(VerifyTransition::Finish(out_share)) => out_share,
        _ => panic!("one round ends the verification"),
    };
    let last = |i: usize| {
        let (_, (state, _)) = &started[i];
        (state.clone(), to_message(shares(i)))
    };
    let next = measure(
        name,
        "verify_next",
        size,
        || (0..size.batch).map(last).collect::<Vec<_>>(),
        |all| {
            for (state, message) in all {
                black_box(verify_next(state, message));
            }
        },
    );
    let out_shares: Vec<_> = (0..size.batch)
        .map(|i| {
            let (state, message) = last(i);
            verify_next(state, message)
        })
        .collect();
    let aggregate = measure(
        name,
        "aggregate",
        size,
        || out_shares.clone(),
        |all| {
            black_box(vdaf.aggregate(&(), all).expect("out shares add up"));
        },
    );
    print(name, "helper", size, std::array::from_fn(|i| init[i] + next[i] + aggregate[i]));
}

fn main() {
    run("Count", SMALL, Prio3::new_count(2).unwrap(), &[false, true]);
    run("Sum(255)", SMALL, Prio3::new_sum(2, 255).unwrap(), &[0, 1]);
    run(
        "SumVec(5,65535,9)",
        SMALL,
        Prio3::new_sum_vec(2, 65535, 5, 9).unwrap(),
        &[vec![1, 0, 0, 0, 0]],
    );
    run("Histogram(8,3)", SMALL, Prio3::new_histogram(2, 8, 3).unwrap(), &[0, 1]);
    run("Histogram(100,10)", SMALL, Prio3::new_histogram(2, 100, 10).unwrap(), &[0, 1]);
    run("Histogram(1000,31)", SMALL, Prio3::new_histogram(2, 1000, 31).unwrap(), &[0, 1]);
    let mut numbers = vec![0; 1000];
    numbers[0] = 1;
    run(
        "SumVec(1000 x 16 bit,126)",
        LARGE,
        Prio3::new_sum_vec(2, 65535, 1000, 126).unwrap(),
        &[numbers],
    );
    let mut one = vec![false; 100];
    one[0] = true;
    run(
        "MultihotCountVec(100,3,10)",
        SMALL,
        Prio3::new_multihot_count_vec(2, 100, 3, 10).unwrap(),
        &[one],
    );
    poplar1::run("Poplar1(128), 256 leaves", 127);
    poplar1::run("Poplar1(128), 256 at level 63", 63);
}

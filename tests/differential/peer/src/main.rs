//! The other side of the differential fuzzer: reads questions from standard input, answers them with
//! the `prio` crate. A question is a length (4 bytes, as all numbers little-endian), an operation's
//! letter and its items; an answer is a length, a status and its items. Items of bytes have their
//! length in front (4 bytes).

mod session;
mod wire;

use prio::{
    field::Field64,
    flp::{
        gadgets::{Mul, ParallelSum},
        types::SumVec,
    },
    idpf::IdpfInput,
    vdaf::{poplar1::Poplar1, prio3::Prio3},
};
use session::{Answering, Session};
use std::{
    io::{self, Read, Write},
    panic::{catch_unwind, AssertUnwindSafe},
};
use wire::{Reader, Writer};

/// The kinds are the draft's codepoints, and that of the test vectors for what has none.
const COUNT: u32 = 1;
const SUM: u32 = 2;
const SUM_VEC: u32 = 3;
const HISTOGRAM: u32 = 4;
const MULTIHOT_COUNT_VEC: u32 = 5;
const POPLAR1: u32 = 6;
const SUM_VEC_WITH_MULTIPROOF: u32 = 0xffff_ffff;

const OK: u8 = 0;
const REFUSED: u8 = 1;
const PANICKED: u8 = 2;

/// Measurements come as numbers of 8 bytes each.
fn numbers(bytes: &[u8]) -> Vec<u64> {
    let (chunks, _) = bytes.as_chunks::<8>();
    chunks.iter().map(|c| u64::from_le_bytes(*c)).collect()
}

fn number(bytes: &[u8]) -> Option<u64> {
    numbers(bytes).first().copied()
}

fn bit(n: u64) -> Option<bool> {
    (n <= 1).then_some(n == 1)
}

fn widen(totals: Vec<u64>) -> Vec<u128> {
    totals.into_iter().map(u128::from).collect()
}

fn open(r: &mut Reader) -> Result<Box<dyn Answering>, String> {
    let kind = r.u32();
    let n_shares = r.u8();
    let n_proofs = r.u8();
    let max_measurement = r.u64();
    let length = r.u32() as usize;
    let chunk_length = r.u32() as usize;
    let max_weight = r.u64() as usize;
    let text = |e: prio::vdaf::VdafError| e.to_string();

    Ok(match kind {
        COUNT => Box::new(Session::new(
            Prio3::new_count(n_shares).map_err(text)?,
            |m| number(m).and_then(bit),
            |total: u64| vec![total.into()],
        )),
        SUM => Box::new(Session::new(
            Prio3::new_sum(n_shares, max_measurement).map_err(text)?,
            number,
            |total: u64| vec![total.into()],
        )),
        SUM_VEC => Box::new(Session::new(
            Prio3::new_sum_vec(n_shares, max_measurement.into(), length, chunk_length)
                .map_err(text)?,
            |m| Some(widen(numbers(m))),
            |totals| totals,
        )),
        HISTOGRAM => Box::new(Session::new(
            Prio3::new_histogram(n_shares, length, chunk_length).map_err(text)?,
            |m| number(m).map(|bucket| bucket as usize),
            |totals| totals,
        )),
        MULTIHOT_COUNT_VEC => Box::new(Session::new(
            Prio3::new_multihot_count_vec(n_shares, length, max_weight, chunk_length)
                .map_err(text)?,
            |m| numbers(m).into_iter().map(bit).collect(),
            |totals| totals,
        )),
        SUM_VEC_WITH_MULTIPROOF => {
            type Circuit = SumVec<Field64, ParallelSum<Field64, Mul>>;
            let circuit = Circuit::new(max_measurement, length, chunk_length)
                .map_err(|e| e.to_string())?;
            let vdaf: Prio3<Circuit, prio::vdaf::xof::XofTurboShake128, 32> =
                Prio3::new(n_shares, n_proofs, kind, circuit).map_err(text)?;
            Box::new(Session::new(vdaf, |m| Some(numbers(m)), widen))
        }
        POPLAR1 => {
            let bits = length;
            Box::new(Session::new(
                Poplar1::new_turboshake128(bits),
                move |m: &[u8]| (m.len() == bits.div_ceil(8)).then(|| measured_bits(m, bits)),
                widen,
            ))
        }
        _ => return Err(format!("no VDAF {kind}")),
    })
}

fn measured_bits(packed: &[u8], bits: usize) -> IdpfInput {
    let bools: Vec<bool> = (0..bits).map(|i| packed[i / 8] >> (7 - i % 8) & 1 == 1).collect();
    IdpfInput::from_bools(&bools)
}

fn answer(session: &mut Option<Box<dyn Answering>>, question: &[u8]) -> Result<Vec<u8>, String> {
    let mut r = Reader::new(question);
    let operation = r.u8();
    let mut w = Writer::default();

    if operation == b'V' {
        *session = None;
        *session = Some(open(&mut r)?);
        return Ok(w.bytes);
    }
    let session = session.as_mut().ok_or("no VDAF is open")?;
    match operation {
        b'P' => session.set_agg_param(&mut r)?,
        b'S' => session.shard(&mut r, &mut w),
        b'I' => session.verify_init(&mut r, &mut w),
        b'M' => session.verifier_shares_to_message(&mut r, &mut w),
        b'N' => session.verify_next(&mut r, &mut w),
        b'A' => session.aggregate(&mut r, &mut w)?,
        b'U' => session.unshard(&mut r, &mut w)?,
        b'L' => session.leader_init(&mut r, &mut w),
        b'H' => session.helper_init(&mut r, &mut w),
        b'C' => session.continued(&mut r, &mut w),
        _ => return Err(format!("no operation {operation}")),
    }
    Ok(w.bytes)
}

fn main() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut session = None;
    let mut head = [0; 4];

    std::panic::set_hook(Box::new(|_| {})); // the answer tells
    while input.read_exact(&mut head).is_ok() {
        let mut question = vec![0; u32::from_le_bytes(head) as usize];
        input.read_exact(&mut question)?;
        let given = catch_unwind(AssertUnwindSafe(|| answer(&mut session, &question)));
        let (status, body) = match given {
            Ok(Ok(body)) => (OK, body),
            Ok(Err(text)) => (REFUSED, text.into_bytes()),
            Err(panic) => (
                PANICKED,
                match panic.downcast::<String>() {
                    Ok(text) => text.into_bytes(),
                    Err(panic) => panic
                        .downcast::<&str>()
                        .map(|text| text.as_bytes().to_vec())
                        .unwrap_or_default(),
                },
            ),
        };
        output.write_all(&(body.len() as u32 + 1).to_le_bytes())?;
        output.write_all(&[status])?;
        output.write_all(&body)?;
        output.flush()?;
    }
    Ok(())
}

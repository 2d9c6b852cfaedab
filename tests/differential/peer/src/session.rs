//! One VDAF and its batch of reports, between questions. Verdicts are the numbers of
//! `src/vdaf/vdaf.h`: which message did not decode, or which check did not hold.

use crate::wire::{Reader, Writer};
use prio::{
    codec::{Decode, Encode, ParameterizedDecode},
    topology::ping_pong::{PingPongContinuation, PingPongError, PingPongMessage, PingPongState},
    topology::ping_pong::PingPongTopology,
    vdaf::{test_utils::TestVectorClient, Aggregator, Collector, VerifyTransition},
};
use std::panic::{catch_unwind, AssertUnwindSafe};

const ACCEPTED: u8 = 0;
const BAD_PUBLIC_SHARE: u8 = 1;
const BAD_INPUT_SHARE: u8 = 2;
const BAD_TEST_POINT: u8 = 3;
const BAD_VERIFIER_SHARE: u8 = 4;
const BAD_PROOF: u8 = 5;
const BAD_VERIFIER_MESSAGE: u8 = 6;
const BAD_JOINT_RAND: u8 = 7;
const BAD_MEASUREMENT: u8 = 8;
const PANICKED: u8 = 0xfe;
const SKIPPED: u8 = 0xff;

pub trait Answering {
    fn set_agg_param(&mut self, r: &mut Reader) -> Result<(), String>;
    fn shard(&mut self, r: &mut Reader, w: &mut Writer);
    fn verify_init(&mut self, r: &mut Reader, w: &mut Writer);
    fn verifier_shares_to_message(&mut self, r: &mut Reader, w: &mut Writer);
    fn verify_next(&mut self, r: &mut Reader, w: &mut Writer);
    fn aggregate(&mut self, r: &mut Reader, w: &mut Writer) -> Result<(), String>;
    fn unshard(&mut self, r: &mut Reader, w: &mut Writer) -> Result<(), String>;
    fn leader_init(&mut self, r: &mut Reader, w: &mut Writer);
    fn helper_init(&mut self, r: &mut Reader, w: &mut Writer);
    fn continued(&mut self, r: &mut Reader, w: &mut Writer);
}

pub trait Verifying: TestVectorClient<16> + Aggregator<32, 16> + Collector {}
impl<V: TestVectorClient<16> + Aggregator<32, 16> + Collector> Verifying for V {}

pub struct Session<V, M, T>
where
    V: Aggregator<32, 16>,
{
    vdaf: V,
    agg_param: V::AggregationParam,
    measure: M,
    totals: T,
    states: Vec<Vec<Option<V::VerifyState>>>, // [aggregator][report]
    out_shares: Vec<Vec<Option<V::OutputShare>>>,
}

/// What is left of a report at a step: its outputs, or why it was rejected.
type Step<T> = Result<T, u8>;

/// Runs a step over a report; a panic is a verdict too.
fn guard<T>(step: impl FnOnce() -> Step<T>) -> Step<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or(Err(PANICKED))
}

/// An aggregation parameter that says nothing, for a VDAF that has none: the empty encoding.
fn no_agg_param<A: Decode>() -> Option<A> {
    A::get_decoded(&[]).ok()
}

impl<V, M, T> Session<V, M, T>
where
    V: Aggregator<32, 16> + Collector,
{
    /// `measure` reads a measurement, `totals` the elements of a result.
    pub fn new(vdaf: V, measure: M, totals: T) -> Self
    where
        M: Fn(&[u8]) -> Option<V::Measurement>,
        T: Fn(V::AggregateResult) -> Vec<u128>,
    {
        let n = vdaf.num_aggregators();
        // Poplar1's is set by a question of its own; this one, of one prefix of one bit, is a place
        // holder.
        let agg_param = no_agg_param()
            .or_else(|| V::AggregationParam::get_decoded(&[0, 0, 0, 0, 0, 1, 0]).ok())
            .expect("a parameter decodes");

        Self {
            vdaf,
            agg_param,
            measure,
            totals,
            states: vec![Vec::new(); n],
            out_shares: vec![Vec::new(); n],
        }
    }

    fn empty_rows(&mut self, agg_id: usize, n: usize) {
        self.states[agg_id] = vec![None; n];
        self.out_shares[agg_id] = vec![None; n];
    }

    #[allow(clippy::type_complexity)]
    fn decode_report(
        &self,
        agg_id: usize,
        public_share: &[u8],
        input_share: &[u8],
    ) -> Step<(V::PublicShare, V::InputShare)> {
        let public_share = V::PublicShare::get_decoded_with_param(&self.vdaf, public_share)
            .map_err(|_| BAD_PUBLIC_SHARE)?;
        let input_share =
            V::InputShare::get_decoded_with_param(&(&self.vdaf, agg_id), input_share)
                .map_err(|_| BAD_INPUT_SHARE)?;
        Ok((public_share, input_share))
    }

    fn finish(&self, out_share: &V::OutputShare) -> Vec<u8> {
        out_share.get_encoded().expect("an out share encodes")
    }
}

fn ping_pong_verdict(error: PingPongError, mismatch: u8) -> u8 {
    match error {
        PingPongError::VdafVerifyInit(_) => BAD_TEST_POINT,
        PingPongError::CodecVerifierShare(_) => BAD_VERIFIER_SHARE,
        PingPongError::VdafVerifierSharesToMessage(_) => BAD_PROOF,
        PingPongError::CodecVerifierMessage(_) => BAD_VERIFIER_MESSAGE,
        PingPongError::VdafVerifyNext(_) => BAD_JOINT_RAND,
        _ => mismatch,
    }
}

/// What a party has after a ping-pong step.
struct Turn<S, O> {
    outbound: Vec<u8>,
    state: Option<S>,
    out_share: Option<O>,
}

fn evaluate<V: Aggregator<32, 16>>(
    vdaf: &V,
    ctx: &[u8],
    continuation: PingPongContinuation<32, 16, V>,
    mismatch: u8,
) -> Step<Turn<V::VerifyState, V::OutputShare>> {
    let state = continuation
        .evaluate(ctx, vdaf)
        .map_err(|e| ping_pong_verdict(e, mismatch))?;
    let encode = |m: PingPongMessage| m.get_encoded().expect("a message encodes");

    Ok(match state {
        PingPongState::Continued(continued) => Turn {
            outbound: encode(continued.message),
            state: Some(continued.verifier_state),
            out_share: None,
        },
        PingPongState::FinishedWithOutbound {
            output_share,
            message,
        } => Turn {
            outbound: encode(message),
            state: None,
            out_share: Some(output_share),
        },
        PingPongState::Finished { output_share } => Turn {
            outbound: Vec::new(),
            state: None,
            out_share: Some(output_share),
        },
    })
}

impl<V, M, T> Session<V, M, T>
where
    V: Verifying,
    V::VerifyState: Clone,
{
    /// Writes a report's turn and keeps what comes next.
    fn take_turn(
        &mut self,
        w: &mut Writer,
        agg_id: usize,
        i: usize,
        turn: Step<Turn<V::VerifyState, V::OutputShare>>,
    ) {
        match turn {
            Ok(turn) => {
                w.u8(ACCEPTED);
                w.item(&turn.outbound);
                w.item(&turn.out_share.as_ref().map(|s| self.finish(s)).unwrap_or_default());
                self.states[agg_id][i] = turn.state;
                self.out_shares[agg_id][i] = turn.out_share;
            }
            Err(verdict) => {
                w.u8(verdict);
                w.item(&[]);
                w.item(&[]);
                self.states[agg_id][i] = None;
            }
        }
    }
}

impl<V, M, T> Answering for Session<V, M, T>
where
    V: Verifying,
    V::VerifyState: Clone,
    V::OutputShare: Clone,
    M: Fn(&[u8]) -> Option<V::Measurement>,
    T: Fn(V::AggregateResult) -> Vec<u128>,
{
    fn set_agg_param(&mut self, r: &mut Reader) -> Result<(), String> {
        self.agg_param =
            V::AggregationParam::get_decoded(r.bytes()).map_err(|e| e.to_string())?;
        Ok(())
    }

    fn shard(&mut self, r: &mut Reader, w: &mut Writer) {
        let ctx = r.bytes();
        for _ in 0..r.u32() {
            let measurement = (self.measure)(r.bytes());
            let nonce = r.array();
            let rand = r.bytes();
            let shares = guard(|| {
                let measurement = measurement.ok_or(BAD_MEASUREMENT)?;
                self.vdaf
                    .shard_with_random(ctx, &measurement, &nonce, rand)
                    .map_err(|_| BAD_MEASUREMENT)
            });
            match shares {
                Ok((public_share, input_shares)) => {
                    w.u8(ACCEPTED);
                    w.item(&public_share.get_encoded().expect("a public share encodes"));
                    for share in input_shares {
                        w.item(&share.get_encoded().expect("an input share encodes"));
                    }
                }
                Err(verdict) => {
                    w.u8(verdict);
                    for _ in 0..=self.vdaf.num_aggregators() {
                        w.item(&[]);
                    }
                }
            }
        }
    }

    fn verify_init(&mut self, r: &mut Reader, w: &mut Writer) {
        let verify_key = r.array();
        let ctx = r.bytes();
        let agg_id = usize::from(r.u8());
        let n = r.u32() as usize;

        self.empty_rows(agg_id, n);
        for i in 0..n {
            let nonce = r.array();
            let (public_share, input_share) = (r.bytes(), r.bytes());
            let started = guard(|| {
                let (public_share, input_share) =
                    self.decode_report(agg_id, public_share, input_share)?;
                self.vdaf
                    .verify_init(
                        &verify_key,
                        ctx,
                        agg_id,
                        &self.agg_param,
                        &nonce,
                        &public_share,
                        &input_share,
                    )
                    .map_err(|_| BAD_TEST_POINT)
            });
            match started {
                Ok((state, share)) => {
                    w.u8(ACCEPTED);
                    w.item(&share.get_encoded().expect("a verifier share encodes"));
                    self.states[agg_id][i] = Some(state);
                }
                Err(verdict) => {
                    w.u8(verdict);
                    w.item(&[]);
                }
            }
        }
    }

    /// A report without a state at each aggregator is skipped, as is one that the question skips.
    fn verifier_shares_to_message(&mut self, r: &mut Reader, w: &mut Writer) {
        let ctx = r.bytes();
        let n_shares = self.vdaf.num_aggregators();

        for i in 0..r.u32() as usize {
            let skip = r.u8() != 0;
            let shares: Vec<&[u8]> = (0..n_shares).map(|_| r.bytes()).collect();
            let message = guard(|| {
                if skip {
                    return Err(SKIPPED);
                }
                let shares = shares
                    .iter()
                    .enumerate()
                    .map(|(agg_id, share)| {
                        let state = self.states[agg_id][i].as_ref().ok_or(SKIPPED)?;
                        V::VerifierShare::get_decoded_with_param(state, share)
                            .map_err(|_| BAD_VERIFIER_SHARE)
                    })
                    .collect::<Step<Vec<_>>>()?;
                self.vdaf
                    .verifier_shares_to_message(ctx, &self.agg_param, shares)
                    .map_err(|_| BAD_PROOF)
            });
            match message {
                Ok(message) => {
                    w.u8(ACCEPTED);
                    w.item(&message.get_encoded().expect("a message encodes"));
                }
                Err(verdict) => {
                    w.u8(verdict);
                    w.item(&[]);
                }
            }
        }
    }

    /// The item is the next verifier share, or the out share of a report whose last round it was.
    fn verify_next(&mut self, r: &mut Reader, w: &mut Writer) {
        let ctx = r.bytes();
        let agg_id = usize::from(r.u8());

        for i in 0..r.u32() as usize {
            let skip = r.u8() != 0;
            let message = r.bytes();
            let next = guard(|| {
                if skip {
                    return Err(SKIPPED);
                }
                let state = self.states[agg_id][i].clone().ok_or(SKIPPED)?;
                let message = V::VerifierMessage::get_decoded_with_param(&state, message)
                    .map_err(|_| BAD_VERIFIER_MESSAGE)?;
                self.vdaf
                    .verify_next(ctx, state, message)
                    .map_err(|_| BAD_JOINT_RAND)
            });
            match next {
                Ok(VerifyTransition::Continue(state, share)) => {
                    w.u8(ACCEPTED);
                    w.item(&share.get_encoded().expect("a verifier share encodes"));
                    self.states[agg_id][i] = Some(state);
                }
                Ok(VerifyTransition::Finish(out_share)) => {
                    w.u8(ACCEPTED);
                    w.item(&self.finish(&out_share));
                    self.out_shares[agg_id][i] = Some(out_share);
                }
                Err(verdict) => {
                    w.u8(verdict);
                    w.item(&[]);
                }
            }
        }
    }

    fn aggregate(&mut self, r: &mut Reader, w: &mut Writer) -> Result<(), String> {
        let agg_id = usize::from(r.u8());
        let used: Vec<bool> = (0..r.u32()).map(|_| r.u8() != 0).collect();
        let out_shares = used
            .iter()
            .zip(&self.out_shares[agg_id])
            .filter(|(used, _)| **used)
            .map(|(_, share)| share.clone().ok_or("a report that was not accepted"))
            .collect::<Result<Vec<_>, _>>()?;
        let share = self
            .vdaf
            .aggregate(&self.agg_param, out_shares)
            .map_err(|e| e.to_string())?;

        w.item(&share.get_encoded().expect("an aggregate share encodes"));
        Ok(())
    }

    fn unshard(&mut self, r: &mut Reader, w: &mut Writer) -> Result<(), String> {
        let n_measurements = r.u32() as usize;
        let shares = (0..self.vdaf.num_aggregators())
            .map(|_| {
                V::AggregateShare::get_decoded_with_param(&(&self.vdaf, &self.agg_param), r.bytes())
                    .map_err(|e| e.to_string())
            })
            .collect::<Result<Vec<_>, _>>()?;
        let result = self
            .vdaf
            .unshard(&self.agg_param, shares, n_measurements)
            .map_err(|e| e.to_string())?;

        for total in (self.totals)(result) {
            w.u128(total);
        }
        Ok(())
    }

    fn leader_init(&mut self, r: &mut Reader, w: &mut Writer) {
        let verify_key = r.array();
        let ctx = r.bytes();
        let n = r.u32() as usize;

        self.empty_rows(0, n);
        for i in 0..n {
            let nonce = r.array();
            let (public_share, input_share) = (r.bytes(), r.bytes());
            let turn = guard(|| {
                let (public_share, input_share) =
                    self.decode_report(0, public_share, input_share)?;
                let continued = self
                    .vdaf
                    .leader_initialized(
                        &verify_key,
                        ctx,
                        &self.agg_param,
                        &nonce,
                        &public_share,
                        &input_share,
                    )
                    .map_err(|e| ping_pong_verdict(e, BAD_VERIFIER_SHARE))?;
                Ok(Turn {
                    outbound: continued.message.get_encoded().expect("a message encodes"),
                    state: Some(continued.verifier_state),
                    out_share: None,
                })
            });
            self.take_turn(w, 0, i, turn);
        }
    }

    fn helper_init(&mut self, r: &mut Reader, w: &mut Writer) {
        let verify_key = r.array();
        let ctx = r.bytes();
        let n = r.u32() as usize;

        self.empty_rows(1, n);
        for i in 0..n {
            let nonce = r.array();
            let (public_share, input_share, inbound) = (r.bytes(), r.bytes(), r.bytes());
            let turn = guard(|| {
                let (public_share, input_share) =
                    self.decode_report(1, public_share, input_share)?;
                let inbound =
                    PingPongMessage::get_decoded(inbound).map_err(|_| BAD_VERIFIER_SHARE)?;
                let continuation = self
                    .vdaf
                    .helper_initialized(
                        &verify_key,
                        ctx,
                        &self.agg_param,
                        &nonce,
                        &public_share,
                        &input_share,
                        &inbound,
                    )
                    .map_err(|e| ping_pong_verdict(e, BAD_VERIFIER_SHARE))?;
                evaluate(&self.vdaf, ctx, continuation, BAD_VERIFIER_SHARE)
            });
            self.take_turn(w, 1, i, turn);
        }
    }

    fn continued(&mut self, r: &mut Reader, w: &mut Writer) {
        let ctx = r.bytes();
        let agg_id = usize::from(r.u8());

        for i in 0..r.u32() as usize {
            let skip = r.u8() != 0;
            let inbound = r.bytes();
            let turn = guard(|| {
                if skip {
                    return Err(SKIPPED);
                }
                let state = self.states[agg_id][i].clone().ok_or(SKIPPED)?;
                let inbound =
                    PingPongMessage::get_decoded(inbound).map_err(|_| BAD_VERIFIER_MESSAGE)?;
                let step = if agg_id == 0 {
                    self.vdaf.leader_continued(ctx, &self.agg_param, state, &inbound)
                } else {
                    self.vdaf.helper_continued(ctx, &self.agg_param, state, &inbound)
                };
                let continuation =
                    step.map_err(|e| ping_pong_verdict(e, BAD_VERIFIER_MESSAGE))?;
                evaluate(&self.vdaf, ctx, continuation, BAD_VERIFIER_MESSAGE)
            });
            self.take_turn(w, agg_id, i, turn);
        }
    }
}

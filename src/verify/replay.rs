use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use super::proof_time;

/// The proofs that were used, as long as they could be used again
/// ([RFC 9449 section 11.1](https://www.rfc-editor.org/rfc/rfc9449#section-11.1)).
///
/// It never forgets a proof that is still good. Where it is full, it forgets the oldest, and from then
/// on refuses all that are as old: a flood shortens the time in which a proof is good, and replays
/// nothing.
pub struct ReplayCache {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: HashSet<ProofId>,
    by_age: BTreeSet<(u64, ProofId)>,
    forgotten_until: Option<u64>,
}

/// The hash of what tells a proof from all others.
pub type ProofId = [u8; 32];

/// Whether a proof is used for the first time.
#[derive(Debug, PartialEq, Eq)]
pub enum Use {
    First,
    Again,
    /// It is as old as proofs that were forgotten.
    Unknown,
}

impl ReplayCache {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    /// Notes the use of a proof that is good now.
    pub fn note(&self, proof: ProofId, made_at: u64, now: f64) -> Use {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.used.contains(&proof) {
            return Use::Again;
        }
        if state.forgotten_until.is_some_and(|until| made_at <= until) {
            return Use::Unknown;
        }
        state.used.insert(proof);
        state.by_age.insert((made_at, proof));
        while state.oldest_is_over(now) || state.by_age.len() > self.capacity {
            state.forget_oldest();
        }
        Use::First
    }
}

impl State {
    fn oldest_is_over(&self, now: f64) -> bool {
        self.by_age.first().is_some_and(|(made_at, _)| proof_time::is_over(*made_at, now))
    }

    fn forget_oldest(&mut self) {
        if let Some((made_at, proof)) = self.by_age.pop_first() {
            self.used.remove(&proof);
            self.forgotten_until = self.forgotten_until.max(Some(made_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(number: u64) -> ProofId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id
    }

    #[test]
    fn a_proof_is_used_once_as_long_as_it_is_good() {
        let cache = ReplayCache::new(10);
        assert_eq!(cache.note(proof(1), 1_000, 1_000.0), Use::First);
        assert_eq!(cache.note(proof(2), 1_000, 1_000.0), Use::First);
        for now in [1_000.0, 1_300.0] {
            assert_eq!(cache.note(proof(1), 1_000, now), Use::Again);
        }
    }

    #[test]
    fn proofs_that_are_over_take_no_room() {
        let cache = ReplayCache::new(10);
        for number in 0..10_u32 {
            let second = 1_000 + 301 * u64::from(number);
            let now = f64::from(1_000 + 301 * number);
            assert_eq!(cache.note(proof(second), second, now), Use::First);
            assert_eq!(cache.state.lock().unwrap().by_age.len(), 1);
            assert_eq!(cache.state.lock().unwrap().used.len(), 1);
        }
    }

    #[test]
    fn a_flood_forgets_old_proofs_and_lets_none_be_used_again() {
        let cache = ReplayCache::new(10);
        for number in 0..100 {
            assert_eq!(cache.note(proof(number), 1_000 + number, 1_100.0), Use::First);
        }
        assert_eq!(cache.state.lock().unwrap().used.len(), 10);
        for number in 0..100 {
            assert_ne!(cache.note(proof(number), 1_000 + number, 1_100.0), Use::First, "{number}");
        }
        assert_eq!(cache.note(proof(200), 1_089, 1_100.0), Use::Unknown);
        assert_eq!(cache.note(proof(200), 1_100, 1_100.0), Use::First);
    }

    #[test]
    fn a_clock_that_jumps_ahead_and_back_brings_no_proof_back() {
        let cache = ReplayCache::new(10);
        assert_eq!(cache.note(proof(1), 1_000, 1_000.0), Use::First);
        assert_eq!(cache.note(proof(2), 9_000, 9_000.0), Use::First);
        assert_eq!(cache.note(proof(1), 1_000, 1_001.0), Use::Unknown);
        assert_eq!(cache.note(proof(3), 1_001, 1_001.0), Use::First);
        assert_eq!(cache.note(proof(3), 1_001, 900.0), Use::Again);
    }
}

//! When a proof may be used.

/// How long after it was made a proof, or a nonce, is good: in seconds.
pub const LIFETIME: u64 = 300;

/// How far ahead of this clock another may be: in seconds.
const AHEAD: u64 = 60;

/// The whole second of a time since the epoch.
pub fn second(time: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let second = time as u64;
    second
}

/// Whether what was made at this second is good now.
pub fn is_good(made_at: u64, now: f64) -> bool {
    made_at <= second(now) + AHEAD && !is_over(made_at, now)
}

/// Whether what was made at this second is good no more.
pub fn is_over(made_at: u64, now: f64) -> bool {
    second(now) > made_at.saturating_add(LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_for_five_minutes_and_may_come_from_a_clock_ahead() {
        let good_at = |now| is_good(1_000, now);
        assert!(good_at(940.0) && good_at(1_000.0) && good_at(1_300.9));
        assert!(!good_at(939.9) && !good_at(1_301.0));
        assert!(!is_good(u64::MAX, 1_000.0));
    }
}

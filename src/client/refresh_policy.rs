//! When the next refresh is. Pure: chance comes in as a fraction from 0 to 1.

/// The first and the longest wait between two tries, in milliseconds.
const BACK_OFF: (f64, f64) = (1_000.0, 300_000.0);
/// The longest wait that a server may ask for, in milliseconds.
const LONGEST_RETRY_AFTER: f64 = 3_600_000.0;
/// The least wait between a success and the next refresh, in milliseconds.
pub const SHORTEST_WAIT: f64 = 1_000.0;
/// The part of an access token's lifetime over which a fleet's refreshes are spread.
const JITTER: f64 = 0.1;

/// How long to wait after a refresh that failed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryWait {
    /// What the server asked for with `Retry-After`; before it nothing is tried, whatever happens.
    pub asked: f64,
    /// The back-off that follows it.
    pub back_off: f64,
}

/// How long to wait before an access token is renewed that is good for `remaining` milliseconds.
///
/// That is `ahead` milliseconds before its expiry, at most half of what remains, and earlier by chance,
/// so that clients which began together drift apart.
///
/// ```
/// use portcullis::client::refresh_policy::wait_after_success;
///
/// assert_eq!(wait_after_success(300_000.0, 30_000.0, 0.0), 270_000.0);
/// assert_eq!(wait_after_success(300_000.0, 30_000.0, 1.0), 240_000.0);
/// ```
pub fn wait_after_success(remaining: f64, ahead: f64, chance: f64) -> f64 {
    let ahead = ahead.min(remaining / 2.0);
    (remaining - ahead - remaining * JITTER * chance).max(SHORTEST_WAIT)
}

/// How long to wait after a failure when `failures` came before it and the server asked to wait
/// `retry_after` seconds ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)):
/// exponential back-off with full jitter, after what was asked for.
///
/// ```
/// use portcullis::client::refresh_policy::wait_after_failure;
///
/// assert_eq!(wait_after_failure(0, None, 1.0).back_off, 1_000.0);
/// assert_eq!(wait_after_failure(3, Some(5), 0.5).back_off, 4_000.0);
/// assert_eq!(wait_after_failure(3, Some(5), 0.5).asked, 5_000.0);
/// assert_eq!(wait_after_failure(40, None, 1.0).back_off, 300_000.0);
/// ```
pub fn wait_after_failure(failures: i32, retry_after: Option<u32>, chance: f64) -> RetryWait {
    let (first, longest) = BACK_OFF;
    let limit = (first * 2_f64.powi(failures.min(16))).min(longest);
    let asked = f64::from(retry_after.unwrap_or(0)) * 1000.0;
    RetryWait { asked: asked.min(LONGEST_RETRY_AFTER), back_off: limit * chance }
}

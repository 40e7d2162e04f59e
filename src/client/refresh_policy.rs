//! When the next refresh is. Pure: chance comes in as a fraction from 0 to 1.

/// The limit of the first wait between two tries: this part of an access token's lifetime, and its
/// bounds in milliseconds.
const FIRST_WAIT: (f64, f64, f64) = (1.0 / 30.0, 5_000.0, 120_000.0);
/// The same for the longest wait.
const LONGEST_WAIT: (f64, f64, f64) = (1.0, 10_000.0, 1_800_000.0);
/// By how much the limit grows with every failure. While a server is down, a fleet sends it about as many
/// requests for each limit as it does in normal times, so there are few limits, far apart.
const GROWTH: f64 = 16.0;
/// The longest wait that a server may ask for, in milliseconds.
const LONGEST_RETRY_AFTER: f64 = 3_600_000.0;
/// The least wait between a success and the next refresh, in milliseconds.
pub const SHORTEST_WAIT: f64 = 1_000.0;
/// The part of an access token's lifetime over which a fleet's refreshes are spread.
const JITTER: f64 = 0.1;

/// How long to wait after a refresh that failed, in milliseconds.
///
/// ```
/// use portcullis::client::refresh_policy::{RetryWait, wait_after_failure};
///
/// let RetryWait { asked, back_off } = wait_after_failure(0, 300_000.0, Some(120), 0.5);
/// assert_eq!(asked + back_off, 125_000.0);
/// ```
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

/// How long to wait after a failure when `failures` came before it, access tokens live `lifetime`
/// milliseconds, and the server asked to wait `retry_after` seconds
/// ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)): exponential back-off
/// with full jitter, after what was asked for. A client need not come more often while it fails than it
/// does in normal times, so the longest wait is as long as a token lives.
///
/// ```
/// use portcullis::client::refresh_policy::wait_after_failure;
///
/// assert_eq!(wait_after_failure(0, 300_000.0, None, 1.0).back_off, 10_000.0);
/// assert_eq!(wait_after_failure(1, 300_000.0, Some(5), 0.5).back_off, 80_000.0);
/// assert_eq!(wait_after_failure(1, 300_000.0, Some(5), 0.5).asked, 5_000.0);
/// assert_eq!(wait_after_failure(40, 300_000.0, None, 1.0).back_off, 300_000.0);
/// ```
pub fn wait_after_failure(
    failures: i32,
    lifetime: f64,
    retry_after: Option<u32>,
    chance: f64,
) -> RetryWait {
    let [first, longest] =
        [FIRST_WAIT, LONGEST_WAIT].map(|(part, least, most)| (lifetime * part).clamp(least, most));
    let limit = (first * GROWTH.powi(failures.clamp(0, 16))).min(longest);
    let asked = f64::from(retry_after.unwrap_or(0)) * 1000.0;
    RetryWait { asked: asked.min(LONGEST_RETRY_AFTER), back_off: limit * chance }
}

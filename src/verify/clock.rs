use std::sync::Arc;
use std::time::SystemTime;

/// A clock, in seconds since the epoch.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The system's clock; zero for one that stands before the epoch.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the default, where no clock is injected")]
        let now = SystemTime::now();
        now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    })
}

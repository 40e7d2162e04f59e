use std::sync::Arc;

/// A clock, in seconds since the epoch.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The system's clock; zero for one that stands before the epoch.
pub fn system_clock() -> Clock {
    Arc::new(now)
}

#[cfg(not(target_arch = "wasm32"))]
fn now() -> f64 {
    use std::time::SystemTime;

    #[expect(clippy::disallowed_methods, reason = "the default, where no clock is injected")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(target_arch = "wasm32")]
fn now() -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the default, where no clock is injected")]
    let milliseconds = js_sys::Date::now();
    milliseconds / 1_000.0
}

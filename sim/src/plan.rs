//! What the seed decides before anything happens.

use fastrand::Rng;
use portcullis::protocol::json;
use portcullis::{Config, Restore, SilentLogin};

use crate::server::{CLIENT_ID, ISSUER, Proofs, Rotation, Rules};

/// How often things go wrong, as probabilities.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A message is lost, delayed or duplicated.
    pub network: f64,
    /// The server, or a proxy before it, fails.
    pub server: f64,
    /// A token response is wrong in a way that the client has to notice.
    pub poison: f64,
    /// An operation of the store fails.
    pub storage: f64,
    /// The API refuses a good access token.
    pub api: f64,
    /// A page dies, freezes, is reloaded or duplicated between two awaits.
    pub chaos: f64,
}

/// A seed's world.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Plan {
    pub rules: Rules,
    pub faults: Faults,
    /// Faults begin with the first login, or at once.
    pub begins_calm: bool,
    pub most_tabs: usize,
    /// Milliseconds until everything heals.
    pub duration: f64,
    /// Milliseconds between two things that users, devices or the server do, on average.
    pub pace: f64,
    pub clock_jumps: bool,
    pub store_is_cleared: bool,
    /// Whether the monotonic clock stands still while the device sleeps.
    pub monotonic_stands_still: bool,
    /// Timers of pages fire on full seconds only.
    pub throttles: bool,
    /// Whether the clients may log in without the user seeing it.
    pub logs_in_silently: bool,
    uses_discovery: bool,
    restore: Restore,
}

impl Plan {
    pub fn new(random: &mut Rng) -> Self {
        let mut chance = |probability: f64| random.f64() < probability;
        let rotation = if chance(0.1) {
            Rotation::Off
        } else if chance(0.65) {
            Rotation::Grace(60.0)
        } else {
            Rotation::Strict
        };
        let proofs = match (chance(0.3), chance(0.5)) {
            (false, _) => Proofs::Ignored,
            (true, false) => Proofs::Taken,
            (true, true) => Proofs::WithNonce,
        };
        let has_storage_faults = chance(0.15);
        let is_poisonous = chance(0.2);
        let (id_token_on_refresh, code_reuse_revokes) = (chance(0.6), chance(0.5));
        let is_ahead = chance(0.3);
        let (begins_calm, clock_jumps) = (chance(0.9), chance(0.3));
        let (store_is_cleared, throttles) = (chance(0.05), chance(0.2));
        let (uses_discovery, verifies) = (chance(0.3), chance(0.2));
        let monotonic_stands_still = chance(0.5);
        let (answers_in_frames, logs_in_silently) = (chance(0.85), chance(0.9));
        let lifetime = [20.0, 60.0, 120.0, 300.0, 300.0, 600.0][random.usize(..6)];
        let levels = [0.0, 0.0, 0.02, 0.1, 0.3];
        let mut level = || levels[random.usize(..levels.len())];
        let faults = Faults {
            network: level(),
            server: level(),
            api: level(),
            chaos: level() / 20.0,
            storage: if has_storage_faults { 0.02 + level() } else { 0.0 },
            poison: if is_poisonous { 0.1 } else { 0.0 },
        };
        let tabs = [1, 2, 2, 3, 3, 4, 5, 8];
        Self {
            rules: Rules {
                rotation,
                lifetime,
                id_token_on_refresh,
                code_reuse_revokes,
                proofs,
                answers_in_frames,
                clock_ahead: if is_ahead { random.f64() * 600.0 - 300.0 } else { 0.0 },
            },
            faults,
            begins_calm,
            most_tabs: tabs[random.usize(..tabs.len())],
            duration: lifetime * 1000.0 * (0.5 + 2.5 * random.f64()),
            pace: lifetime * 1000.0 * (0.02 + 0.2 * random.f64()),
            clock_jumps,
            store_is_cleared,
            monotonic_stands_still,
            throttles,
            uses_discovery,
            logs_in_silently,
            restore: if verifies { Restore::Verified } else { Restore::Optimistic },
        }
    }

    /// Whether the clients fetch the keys from the server.
    pub fn finds_keys(&self) -> bool {
        self.uses_discovery
    }

    /// The configuration of every client, given the server's keys.
    pub fn config(&self, keys: &str) -> Config {
        let config = Config::new(ISSUER, CLIENT_ID)
            .redirect_uri("/callback")
            .post_logout_redirect_uri("/")
            .scope("openid offline_access")
            .api(crate::host::API)
            .clock_tolerance(330.0)
            .silent_login(if self.logs_in_silently {
                SilentLogin::Iframe
            } else {
                SilentLogin::Off
            })
            .restore(self.restore);
        let object = |text: &str| json::object(text).unwrap_or_default();
        if self.uses_discovery {
            config
        } else {
            config.metadata(object(&self.rules.metadata_text())).jwks(object(keys))
        }
    }
}

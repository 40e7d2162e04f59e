//! A deterministic simulator for Portcullis.
//!
//! The client that ships runs over a [`Host`](portcullis::host::Host) in which a seed decides
//! everything: which task goes on next, what the network, the store and the clocks do, when a tab
//! dies, freezes, is reloaded or duplicated. After every step the invariants are checked.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "virtual times and counts are far below where these lose anything"
)]

mod agenda;
mod ahead;
mod app;
mod executor;
pub mod fleet;
mod host;
mod judge;
mod locks;
mod network;
mod plan;
pub mod plot;
mod run;
mod sabotage;
mod script;
mod server;
mod store;
mod world;

pub use judge::{Counts, Invariant, Violation};
pub use run::{Outcome, run};
pub use sabotage::Sabotage;

//! What is in the place of `idleTimeout` without the feature `idle-timeout`.
#![expect(clippy::unused_self, reason = "the feature needs what is given here")]

use std::future::{Ready, ready};

use super::session::Moment;
use super::{Client, Inner};
use crate::host::Host;

pub(super) struct Idle;

impl Idle {
    pub fn new(_namespace: &str) -> Self {
        Self
    }

    pub fn stop(&self) {}
}

impl<H: Host> Client<H> {
    pub(super) fn listen_to_input(&self) {}

    pub(super) fn watch_over_new_session(&self, _is_restored: bool) -> Ready<()> {
        ready(())
    }

    pub(super) fn end_if_idle(&self) -> Ready<bool> {
        ready(false)
    }
}

impl<H: Host> Inner<H> {
    pub(super) fn has_input_at(&self, _moment: Moment) {}
}

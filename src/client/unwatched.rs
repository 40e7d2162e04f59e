//! What is in the place of watching the user's session at the server without the feature
//! `session-management`.
#![expect(clippy::unused_self, reason = "the feature needs what is given here")]

use super::Client;
use crate::host::Host;

pub(super) enum Watch {}

impl<H: Host> Client<H> {
    pub(super) fn watch_server_session(&self) {}
}

//! What is in the place of silent logins without the feature `silent-login`: the same as with
//! `SilentLogin::Off`.
#![expect(
    clippy::boxed_local,
    clippy::unused_self,
    reason = "the feature needs what is given here"
)]

use std::future::{Ready, ready};

use super::vault::Record;
use super::{Client, Inner};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

impl<H: Host> Client<H> {
    pub(super) fn renew_silently(&self, _record: Box<Record>) -> Ready<Result<Renewal>> {
        ready(Ok(Renewal::Refused(Error::new(ErrorCode::Unsupported).about("silentLogin"))))
    }
}

impl<H: Host> Inner<H> {
    pub(super) fn logs_in_silently(&self) -> bool {
        false
    }
}

pub(super) enum Renewal {
    #[expect(dead_code, reason = "nothing is renewed")]
    Renewed(Box<Record>),
    Refused(Error),
}

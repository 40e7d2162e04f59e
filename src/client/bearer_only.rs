//! What is in the place of proofs of possession without the feature `dpop`: bearer tokens, and no others.
#![expect(clippy::unused_self, reason = "the feature needs what is given here")]

use std::future::{Ready, ready};

use super::login::Page;
use super::session::AccessToken;
use super::vault::Record;
use super::{Client, Inner};
use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::discovery::ServerMetadata;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::token::TokenType;
use crate::secret::Secret;

pub(super) fn is_required(_config: &Config) -> bool {
    false
}

/// A session that is bound to a key can't be gone on with: another app of this origin began it.
pub(super) fn counts(record: &Record, _is_required: bool) -> bool {
    !record.is_bound && record.token_type == TokenType::Bearer
}

impl<H: Host> Client<H> {
    pub(super) fn send_to_api(
        &self,
        request: &mut H::ApiRequest,
        token: &AccessToken,
    ) -> impl Future<Output = Result<H::ApiResponse>> {
        let authorization = token.token_type.authorization(&token.secret);
        async move { self.inner().host.send_to_api(request, &authorization, None).await }
    }
}

impl<H: Host> Inner<H> {
    pub(super) fn dpop_jkt(
        &self,
        _metadata: &ServerMetadata,
        _page: Page,
    ) -> Ready<Result<Option<String>>> {
        ready(Ok(None))
    }

    pub(super) fn token_types(&self, _proves: bool) -> &'static [TokenType] {
        &[TokenType::Bearer]
    }

    pub(super) fn send_once(
        &self,
        request: &mut HttpRequest,
        _proves: bool,
        _access_token: Option<&Secret>,
    ) -> impl Future<Output = Result<HttpResponse>> {
        self.send(request)
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, TokenType, counts};
    use crate::protocol::json::Object;
    use crate::secret::Secret;

    #[test]
    fn a_session_that_is_bound_to_a_key_does_not_count() {
        let record = || Record::new(String::new(), Secret::new(String::new()), Object::default());
        assert!(counts(&record(), false));
        assert!(!counts(&Record { is_bound: true, ..record() }, false));
        assert!(!counts(&Record { token_type: TokenType::Dpop, ..record() }, false));
    }
}

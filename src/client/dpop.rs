//! Proofs of possession ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)) for the requests that
//! need one.

use std::cell::RefCell;

use super::login::Page;
use super::session::AccessToken;
use super::vault::Record;
use super::{Client, Inner, origin};
use crate::config::{Config, Dpop};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::discovery::ServerMetadata;
use crate::protocol::dpop::{self, Proof};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::token::TokenType;
use crate::secret::Secret;

/// What proofs are made with.
pub(super) struct Proofs {
    /// The name of the key pair that every tab of this client has in common.
    key_pair: String,
    /// The latest nonce of each origin.
    nonces: RefCell<Vec<(String, String)>>,
}

impl Proofs {
    pub fn new(namespace: &str) -> Self {
        Self { key_pair: ["dpop ", namespace].concat(), nonces: RefCell::default() }
    }

    fn nonce_for(&self, url: &str) -> Option<String> {
        let origin = origin(url)?;
        let nonces = self.nonces.borrow();
        nonces.iter().find(|(other, _)| other == origin).map(|(_, nonce)| nonce.clone())
    }

    /// Keeps a nonce for the next request to this origin
    /// ([section 8.2](https://www.rfc-editor.org/rfc/rfc9449#section-8.2)).
    fn keep_nonce(&self, url: &str, nonce: Option<String>) {
        let (Some(origin), Some(nonce)) = (origin(url), nonce) else { return };
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(other, _)| other != origin);
        nonces.push((origin.to_owned(), nonce));
    }
}

/// Whether only a session whose access token is bound to a key counts.
pub(super) fn is_required(config: &Config) -> bool {
    config.dpop == Dpop::Required
}

/// Whether a session that was found in the store counts.
pub(super) fn counts(record: &Record, is_required: bool) -> bool {
    !is_required || record.token_type == TokenType::Dpop
}

impl<H: Host> Client<H> {
    /// Sends a request with an access token as its type asks for, and once more where the API asks for
    /// another nonce ([RFC 9449 section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)).
    pub(super) async fn send_to_api(
        &self,
        request: &mut H::ApiRequest,
        token: &AccessToken,
    ) -> Result<H::ApiResponse> {
        let Inner { host, proofs, .. } = self.inner().as_ref();
        let (url, method) = (host.api_url(request), host.api_method(request));
        let proves = token.token_type == TokenType::Dpop;
        let authorization = token.token_type.authorization(&token.secret);
        let (mut proof, mut is_repeated) = (None, false);
        loop {
            if proves {
                proof = Some(self.inner().proof(&method, &url, Some(&token.secret)).await?);
            }
            let response = host.send_to_api(request, &authorization, proof.as_deref()).await?;
            let nonce = host.api_header(&response, "dpop-nonce");
            let wants_nonce = proves
                && host.api_status(&response) == 401
                && nonce.is_some()
                && dpop::is_nonce_challenge(&self.challenges(&response));
            proofs.keep_nonce(&url, nonce);
            if is_repeated || !wants_nonce || !host.can_repeat(request) {
                return Ok(response);
            }
            is_repeated = true;
        }
    }
}

impl<H: Host> Inner<H> {
    /// The thumbprint of the key that the tokens of a login are to be bound to, if they are to be. A
    /// key that does not outlive the page is of no use where the page is left.
    pub(super) async fn dpop_jkt(
        &self,
        metadata: &ServerMetadata,
        page: Page,
    ) -> Result<Option<String>> {
        match (self.config.dpop, metadata.takes_proofs) {
            (Dpop::Off, _) | (Dpop::Auto, false) => return Ok(None),
            (Dpop::Required, false) => {
                return Err(Error::new(ErrorCode::Unsupported).about("dpop"));
            }
            (_, true) => {}
        }
        let name = &self.proofs.key_pair;
        let is_lost = page == Page::Left && !self.host.keeps_key_pair(name).await;
        let key = if is_lost {
            Err(ErrorCode::StorageUnavailable.into())
        } else {
            self.host.key_pair(name).await
        };
        match key {
            Ok(key) => Ok(Some(key.thumbprint())),
            Err(error) if self.config.dpop == Dpop::Auto => {
                self.log("there is no key for DPoP, and tokens are asked for without", Some(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The token types that may answer a request that came with a proof, or without.
    pub(super) fn token_types(&self, proves: bool) -> &'static [TokenType] {
        match (self.config.dpop, proves) {
            (Dpop::Required, _) => &[TokenType::Dpop],
            (_, true) => &[TokenType::Dpop, TokenType::Bearer],
            (_, false) => &[TokenType::Bearer],
        }
    }

    /// Sends a request. If it is one that `proves`, it goes with a proof, into which an access token that
    /// goes along is bound, and once more where the server asks for another nonce.
    pub(super) async fn send_once(
        &self,
        request: &mut HttpRequest,
        proves: bool,
        access_token: Option<&Secret>,
    ) -> Result<HttpResponse> {
        let mut is_repeated = false;
        loop {
            if proves {
                let proof = self.proof(request.method(), &request.url, access_token).await?;
                request.proof = Some(proof);
            }
            let response = self.send(request).await?;
            if proves {
                self.proofs.keep_nonce(&request.url, response.dpop_nonce.clone());
            }
            if is_repeated || !proves || !dpop::asks_for_nonce(&response) {
                return Ok(response);
            }
            is_repeated = true;
        }
    }

    /// A proof for one request.
    async fn proof(
        &self,
        method: &str,
        url: &str,
        access_token: Option<&Secret>,
    ) -> Result<String> {
        let key = self.host.key_pair(&self.proofs.key_pair).await?;
        let mut jti = [0; 16];
        self.host.random(&mut jti)?;
        let nonce = self.proofs.nonce_for(url);
        let proof = Proof {
            method,
            url,
            jti: &jti,
            now: self.host.wall_clock() / 1000.0,
            nonce: nonce.as_deref(),
            access_token,
        };
        let signing_input = dpop::signing_input(&key, &proof);
        let signature = self.host.sign(&self.proofs.key_pair, signing_input.as_bytes()).await?;
        Ok(dpop::signed(&signing_input, &signature))
    }
}

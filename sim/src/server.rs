//! A model of an authorization server: codes with PKCE, ID tokens, rotation, reuse detection.

use std::hash::{DefaultHasher, Hash, Hasher};

use portcullis::Secret;
use portcullis::protocol::form::{Parameters, query_and_fragment};
use portcullis::protocol::http::HttpResponse;
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signing::sha256;
use portcullis::protocol::{base64url, pkce};

use crate::network::{Call, Proof};

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CLIENT_ID: &str = "spa";
pub(crate) const END_SESSION: &str = "https://as.example/logout";
/// Seconds after which a nonce is replaced. The one before is good for as long again.
const NONCE_LIFETIME: f64 = 200.0;
const EPOCH: f64 = 1_800_000_000.0;

/// What refreshing does to a refresh token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rotation {
    /// Nothing: it stays.
    Off,
    /// It is replaced. The old one goes on working for these seconds; used after them it ends the
    /// session.
    Grace(f64),
    /// It is replaced, and the old one ends the session at once.
    Strict,
}

/// Whether a server binds tokens to a key (DPoP).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Proofs {
    Ignored,
    Taken,
    /// With a nonce that changes every few minutes.
    WithNonce,
}

/// How a server behaves.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub rotation: Rotation,
    /// Seconds an access token lives.
    pub lifetime: f64,
    pub id_token_on_refresh: bool,
    /// Whether a code used twice ends the session it gave.
    pub code_reuse_revokes: bool,
    pub proofs: Proofs,
    /// Whether it answers a login that the user does not see, or shows a page that nobody sees.
    pub answers_in_frames: bool,
    /// Seconds by which its clock is ahead of the truth.
    pub clock_ahead: f64,
}

/// What is wrong with a token response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Poison {
    Signature,
    Issuer,
    Audience,
    Subject,
    Nonce,
    AccessTokenHash,
    TokenType,
}

impl Poison {
    pub const ALL: [Self; 7] = [
        Self::Signature,
        Self::Issuer,
        Self::Audience,
        Self::Subject,
        Self::Nonce,
        Self::AccessTokenHash,
        Self::TokenType,
    ];
}

/// Why a session is over at the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// The client revoked it, or the user logged out.
    Revoked,
    /// An administrator ended it.
    Administrator,
    /// A refresh token that had been replaced was used.
    Reuse,
    /// Its code was used a second time.
    CodeReuse,
}

pub(crate) struct Session {
    pub user: &'static str,
    /// The session of the client that it belongs to, by the first of those at the server.
    pub of_client: usize,
    nonce: String,
    auth_time: f64,
    is_bound: bool,
    pub end: Option<End>,
}

pub(crate) struct RefreshToken {
    pub session: usize,
    /// Seconds, when it was first used.
    used_at: Option<f64>,
}

pub(crate) struct AccessToken {
    pub session: usize,
    /// Virtual seconds.
    pub expires_at: f64,
    pub issued_at: f64,
    /// The refresh token that came with it.
    pub refresh_token: Option<usize>,
    pub poison: Option<Poison>,
}

pub(crate) struct Code {
    challenge: String,
    nonce: String,
    user: &'static str,
    /// The client's session that asked for it, if it was for one.
    renews: Option<usize>,
    /// How the client's store names the login: the hash of its `state`.
    pub transaction: String,
    session: Option<usize>,
}

/// A response, with what it grants.
#[derive(Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub retry_after: Option<u32>,
    pub nonce: Option<String>,
    pub body: String,
    pub granted: Option<Granted>,
    /// Whether this is the server's clear word that the session is over.
    pub ended: Option<usize>,
}

/// What a token response gave, by index.
#[derive(Clone, Copy)]
pub(crate) struct Granted {
    pub access_token: usize,
    pub refresh_token: Option<usize>,
}

pub(crate) struct Server {
    pub rules: Rules,
    pub sessions: Vec<Session>,
    pub refresh_tokens: Vec<RefreshToken>,
    pub access_tokens: Vec<AccessToken>,
    pub codes: Vec<Code>,
    /// Who is logged in at the server in this browser.
    pub logged_in: Option<&'static str>,
    /// Whether that user first has to agree to something.
    pub wants_consent: bool,
    /// Broken on purpose: its ID tokens name the user that the client's session began with.
    pub names_first_user: bool,
    /// Which of its signing keys is the present one.
    pub key: usize,
}

impl Server {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            sessions: Vec::new(),
            refresh_tokens: Vec::new(),
            access_tokens: Vec::new(),
            codes: Vec::new(),
            logged_in: None,
            wants_consent: false,
            names_first_user: false,
            key: 0,
        }
    }

    /// Answers a request at this virtual second.
    pub fn answer(&mut self, call: &Call, now: f64, poison: Option<Poison>) -> Answer {
        match call {
            Call::Metadata => Answer::json(200, self.rules.metadata_text()),
            Call::Keys => Answer::json(200, self.keys_text()),
            Call::Code { proof, .. } | Call::Refresh { proof, .. }
                if !self.takes(proof.as_ref(), now) =>
            {
                let nonce = Some(nonce_at(now));
                Answer { nonce, ..Answer::error(400, "use_dpop_nonce") }
            }
            Call::Code { code, verifier, proof } => {
                let is_bound = proof.is_some() && self.rules.proofs != Proofs::Ignored;
                self.exchange(*code, verifier, is_bound, now, poison)
            }
            Call::Refresh { token, proof } => self.refresh(*token, proof.is_some(), now, poison),
            Call::Revoke { token } => {
                self.end(self.refresh_tokens[*token].session, End::Revoked);
                Answer::json(200, String::new())
            }
            Call::Unknown => Answer::error(400, "invalid_request"),
        }
    }

    /// The session of the client that a session belongs to.
    pub fn of_client(&self, session: usize) -> usize {
        self.sessions[session].of_client
    }

    pub fn end(&mut self, session: usize, why: End) {
        self.sessions[session].end.get_or_insert(why);
    }

    /// The user logs in and says yes: the callback URL.
    pub fn log_in(&mut self, url: &str, user: &'static str) -> String {
        self.logged_in = Some(user);
        self.wants_consent = false;
        self.authorize(url, user, None)
    }

    /// A login that the user does not see, for a session of the client: the callback URL.
    pub fn log_in_silently(&mut self, url: &str, session: Option<usize>) -> String {
        match self.logged_in {
            Some(_) if self.wants_consent => Self::refuse(url, "consent_required"),
            Some(user) => self.authorize(url, user, session),
            None => Self::refuse(url, "login_required"),
        }
    }

    /// Whether a login that the user does not see would go on with a session of the client.
    pub fn would_renew(&self, session: usize) -> bool {
        !self.wants_consent && self.logged_in == Some(self.sessions[session].user)
    }

    fn authorize(&mut self, url: &str, user: &'static str, renews: Option<usize>) -> String {
        let (query, _) = query_and_fragment(url);
        let parameters = Parameters::parse(query);
        let parameter = |name| parameters.get(name).ok().flatten().unwrap_or_default().to_owned();
        let state = parameter("state");
        self.codes.push(Code {
            challenge: parameter("code_challenge"),
            nonce: parameter("nonce"),
            user,
            renews,
            transaction: base64url::encode(&sha256(&state)),
            session: None,
        });
        let code = self.codes.len() - 1;
        format!("{}?code={}&state={state}&iss={ISSUER}", parameter("redirect_uri"), code_text(code))
    }

    /// The server says no, or the user does: the callback URL.
    pub fn refuse(url: &str, error: &str) -> String {
        let (query, _) = query_and_fragment(url);
        let parameters = Parameters::parse(query);
        let parameter = |name| parameters.get(name).ok().flatten().unwrap_or_default();
        let (uri, state) = (parameter("redirect_uri"), parameter("state"));
        format!("{uri}?error={error}&state={state}&iss={ISSUER}")
    }

    /// The user has logged out: where the server sends them.
    pub fn back_from_logout(url: &str) -> String {
        let (query, _) = query_and_fragment(url);
        let parameters = Parameters::parse(query);
        let parameter = |name| parameters.get(name).ok().flatten().unwrap_or_default();
        format!("{}?state={}", parameter("post_logout_redirect_uri"), parameter("state"))
    }

    /// The session of the client that the ID token in a logout request is of.
    pub fn session_of_hint(&self, url: &str) -> Option<usize> {
        let (query, _) = query_and_fragment(url);
        let parameters = Parameters::parse(query);
        let id_token = Jws::parse(parameters.get("id_token_hint").ok()??)?;
        Some(self.of_client(id_token.claims.string("sid")?.parse().ok()?))
    }

    fn exchange(
        &mut self,
        code: usize,
        verifier: &str,
        is_bound: bool,
        now: f64,
        poison: Option<Poison>,
    ) -> Answer {
        let challenge = pkce::code_challenge(&Secret::new(verifier.to_owned()));
        if self.codes[code].challenge != challenge {
            return Answer::error(400, "invalid_grant");
        }
        if let Some(session) = self.codes[code].session {
            if self.rules.code_reuse_revokes {
                self.end(session, End::CodeReuse);
            }
            return Answer::error(400, "invalid_grant");
        }
        let (user, nonce) = (self.codes[code].user, self.codes[code].nonce.clone());
        let session = self.sessions.len();
        self.sessions.push(Session {
            user,
            of_client: self.codes[code].renews.unwrap_or(session),
            nonce,
            auth_time: self.clock(now),
            is_bound,
            end: None,
        });
        self.codes[code].session = Some(session);
        let refresh_token = self.new_refresh_token(session);
        self.grant(session, Some(refresh_token), now, true, poison)
    }

    /// Whether the proof that came with a request, if one did, has the nonce it needs.
    fn takes(&self, proof: Option<&Proof>, now: f64) -> bool {
        let Some(proof) = proof else { return true };
        let good = [now, now - NONCE_LIFETIME].map(nonce_at);
        self.rules.proofs != Proofs::WithNonce
            || proof.nonce.as_ref().is_some_and(|nonce| good.contains(nonce))
    }

    fn refresh(&mut self, token: usize, proves: bool, now: f64, poison: Option<Poison>) -> Answer {
        let session = self.refresh_tokens[token].session;
        if self.sessions[session].is_bound && !proves {
            return Answer::error(400, "invalid_dpop_proof");
        }
        if self.sessions[session].end.is_none() && !self.may_use(token, now) {
            self.end(session, End::Reuse);
        }
        if self.sessions[session].end.is_some() {
            let refusal = Answer::error(400, "invalid_grant");
            return Answer { ended: Some(session), ..refusal };
        }
        self.refresh_tokens[token].used_at.get_or_insert(now);
        let next = match self.rules.rotation {
            Rotation::Off => None,
            _ => Some(self.new_refresh_token(session)),
        };
        self.grant(session, next, now, self.rules.id_token_on_refresh, poison)
    }

    fn may_use(&self, token: usize, now: f64) -> bool {
        let Some(used_at) = self.refresh_tokens[token].used_at else { return true };
        match self.rules.rotation {
            Rotation::Off => true,
            Rotation::Grace(seconds) => now - used_at <= seconds,
            Rotation::Strict => false,
        }
    }

    fn new_refresh_token(&mut self, session: usize) -> usize {
        self.refresh_tokens.push(RefreshToken { session, used_at: None });
        self.refresh_tokens.len() - 1
    }

    fn grant(
        &mut self,
        session: usize,
        refresh_token: Option<usize>,
        now: f64,
        with_id_token: bool,
        poison: Option<Poison>,
    ) -> Answer {
        // A response without an ID token has only its own type to be wrong.
        let poison = poison.map(|poison| if with_id_token { poison } else { Poison::TokenType });
        let expires_at = now + self.rules.lifetime;
        self.access_tokens.push(AccessToken {
            session,
            expires_at,
            issued_at: now,
            refresh_token,
            poison,
        });
        let access_token = self.access_tokens.len() - 1;
        let token_type = match poison {
            Some(Poison::TokenType) => "mac",
            _ if self.sessions[session].is_bound => "DPoP",
            _ => "Bearer",
        };
        let mut body = format!(
            r#"{{"access_token":"{}","token_type":"{token_type}","expires_in":{}"#,
            access_token_text(access_token),
            self.rules.lifetime
        );
        if let Some(refresh_token) = refresh_token {
            body.extend([r#","refresh_token":""#, &refresh_token_text(refresh_token), "\""]);
        }
        if with_id_token {
            let id_token = self.id_token(session, access_token, now, poison);
            body.extend([r#","id_token":""#, &id_token, "\""]);
        }
        body.push('}');
        let granted = Granted { access_token, refresh_token };
        Answer { granted: Some(granted), ..Answer::json(200, body) }
    }

    fn id_token(
        &self,
        session: usize,
        access_token: usize,
        now: f64,
        poison: Option<Poison>,
    ) -> String {
        let wrong = |kind| poison == Some(kind);
        let of = &self.sessions[session];
        let text = access_token_text(access_token);
        let hashed = if wrong(Poison::AccessTokenHash) { "another" } else { &text };
        let named = if self.names_first_user { of.of_client } else { session };
        let iat = self.clock(now);
        let claims = format!(
            r#"{{"iss":"{}","aud":"{}","sub":"{}","sid":"{session}","nonce":"{}","at_hash":"{}","auth_time":{},"iat":{iat},"exp":{}}}"#,
            if wrong(Poison::Issuer) { "https://evil.example" } else { ISSUER },
            if wrong(Poison::Audience) { "another" } else { CLIENT_ID },
            if wrong(Poison::Subject) { "" } else { self.sessions[named].user },
            if wrong(Poison::Nonce) { "another" } else { &of.nonce },
            base64url::encode(&sha256(hashed)[..16]),
            of.auth_time,
            iat + self.rules.lifetime,
        );
        let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, self.key);
        let input = format!(
            "{}.{}",
            base64url::encode(header.as_bytes()),
            base64url::encode(claims.as_bytes())
        );
        let key = if wrong(Poison::Signature) { "another" } else { &key_text(self.key) };
        format!("{input}.{}", base64url::encode(&signature(key, input.as_bytes())))
    }

    fn clock(&self, now: f64) -> f64 {
        (EPOCH + now + self.rules.clock_ahead).floor()
    }

    pub fn keys_text(&self) -> String {
        let x = key_text(self.key);
        format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","kid":"{}","x":"{x}","y":"{x}"}}]}}"#,
            self.key
        )
    }
}

impl Answer {
    pub fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "application/json",
            retry_after: None,
            nonce: None,
            body,
            granted: None,
            ended: None,
        }
    }

    pub fn error(status: u16, error: &str) -> Self {
        Self::json(status, format!(r#"{{"error":"{error}"}}"#))
    }

    pub fn html(status: u16) -> Self {
        Self { content_type: "text/html", ..Self::json(status, "<h1>Sorry</h1>".to_owned()) }
    }

    pub fn to_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status, self.body.clone());
        response.content_type = Some(self.content_type.to_owned());
        response.dpop_nonce.clone_from(&self.nonce);
        response.retry_after = self.retry_after.map(|seconds| seconds.to_string());
        response
    }
}

impl Rules {
    pub fn metadata_text(&self) -> String {
        let proofs = match self.proofs {
            Proofs::Ignored => "",
            _ => r#""dpop_signing_alg_values_supported":["ES256"],"#,
        };
        format!(
            r#"{{{proofs}"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/auth","token_endpoint":"{ISSUER}/token","jwks_uri":"{ISSUER}/jwks","revocation_endpoint":"{ISSUER}/revoke","end_session_endpoint":"{ISSUER}/logout","authorization_response_iss_parameter_supported":true}}"#
        )
    }
}

fn nonce_at(now: f64) -> String {
    format!("nonce{}", (now / NONCE_LIFETIME).floor())
}

/// Milliseconds since the epoch at this virtual millisecond.
pub(crate) fn true_wall_clock(now: f64) -> f64 {
    EPOCH * 1000.0 + now
}

/// A signature that only this key makes, as far as the model goes.
pub(crate) fn signature(key: &str, message: &[u8]) -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    (key, message).hash(&mut hasher);
    hasher.finish().to_le_bytes().to_vec()
}

fn key_text(key: usize) -> String {
    base64url::encode(&[u8::try_from(key % 250).unwrap_or_default() + 1; 32])
}

/// What marks the secrets of the server, so that they are found wherever they should not be.
pub(crate) const ACCESS_TOKEN: &str = "AT~";
pub(crate) const REFRESH_TOKEN: &str = "RT~";
pub(crate) const CODE: &str = "CODE~";

pub(crate) fn access_token_text(index: usize) -> String {
    format!("{ACCESS_TOKEN}{index}~")
}

pub(crate) fn refresh_token_text(index: usize) -> String {
    format!("{REFRESH_TOKEN}{index}~")
}

fn code_text(index: usize) -> String {
    format!("{CODE}{index}~")
}

/// The indices of all secrets of this kind in a text.
pub(crate) fn indices<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.split(mark).skip(1).filter_map(|rest| rest.split('~').next()?.parse().ok())
}

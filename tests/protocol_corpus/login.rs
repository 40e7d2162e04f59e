use std::collections::HashMap;
use std::future::ready;
use std::sync::{LazyLock, Mutex};

use futures_util::FutureExt as _;
use jwt_compact::alg::Es256;
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use portcullis::protocol::authorization::ResponseMode;
use portcullis::protocol::discovery::{self, ServerMetadata};
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::id_token::{self, Grant};
use portcullis::protocol::json::{self, Object};
use portcullis::protocol::jwk::{Jwk, JwkSet};
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signed::CheckedClaims;
use portcullis::protocol::signing::{SigningAlgorithm, sha256};
use portcullis::protocol::userinfo::{self, UserInfo};
use portcullis::protocol::{base64url, callback, token};
use portcullis::verify::{Verifier, VerifierBuilder, VerifyError, is_signature_valid};
use portcullis::{Error, ErrorCode, Secret, TokenType};

use crate::members::Members;

pub const ISSUER: &str = "https://as.example";
const ALGORITHMS: [SigningAlgorithm; 2] = [SigningAlgorithm::Es256, SigningAlgorithm::Rs256];
const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";
const STATE: &str = "af0ifjsldkj";
const NONCE: &str = "n-0S6_WzA2Mj";
const ACCESS_TOKEN: &str = "SlAV32hkKG";
const NOW: f64 = 1_800_000_000.0;

/// Everything that a server answers during one login, and what the login asked for.
pub struct Login {
    pub issuer: String,
    pub sub: String,
    pub discovery: Answer,
    pub callback_mark: char,
    pub callback: Vec<(String, String)>,
    pub callback_fragment: String,
    pub token_response: Answer,
    pub sends_id_token: bool,
    pub id_token: Token,
    pub jwks: Answer,
    pub key: Members,
    pub userinfo: Answer,
    pub signed_userinfo: Option<Token>,
    pub max_age: Option<f64>,
    pub essential_acr: Vec<String>,
    pub asked: Option<Object>,
    pub refreshes: bool,
}

/// An HTTP response whose body is a JSON object.
pub struct Answer {
    pub status: u16,
    pub content_type: Option<String>,
    pub members: Members,
    /// Takes the place of the members.
    pub body: Option<String>,
}

/// What happens to a JWT after it was signed.
pub type Alteration = fn(&str) -> String;

/// A JWT, as it is about to be signed and what happens to it after that.
pub struct Token {
    pub header: Members,
    pub claims: Members,
    pub altered: Alteration,
}

impl Answer {
    fn new(members: &[(&str, &str)]) -> Self {
        Self {
            status: 200,
            content_type: Some("application/json".to_owned()),
            members: Members::new(members),
            body: None,
        }
    }

    fn response(&self, members: &str) -> HttpResponse {
        let body = self.body.clone().unwrap_or_else(|| members.to_owned());
        let mut response = HttpResponse::new(self.status, body);
        response.content_type.clone_from(&self.content_type);
        response
    }

    fn received(&self) -> HttpResponse {
        self.response(&self.members.text())
    }
}

impl Token {
    fn new(claims: &[(&str, &str)]) -> Self {
        Self {
            header: Members::new(&[("alg", r#""ES256""#), ("kid", r#""k1""#)]),
            claims: Members::new(claims),
            altered: str::to_owned,
        }
    }

    fn text(&self) -> String {
        let encode = |members: &Members| base64url::encode(members.text().as_bytes());
        let input = format!("{}.{}", encode(&self.header), encode(&self.claims));
        let signature = signature(&input);
        (self.altered)(&format!("{input}.{signature}"))
    }
}

/// Most cases sign and verify the same text, and that is slow where it is not optimized.
struct Memory<T>(LazyLock<Mutex<HashMap<String, T>>>);

impl<T: Clone> Memory<T> {
    const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    fn recall(&self, key: String, work_out: impl FnOnce() -> T) -> T {
        self.0.lock().unwrap().entry(key).or_insert_with(work_out).clone()
    }
}

fn signature(input: &str) -> String {
    static SIGNED: Memory<String> = Memory::new();
    let sign = || base64url::encode(&Es256.sign(&signing_key(), input.as_bytes()).as_bytes());
    SIGNED.recall(input.to_owned(), sign)
}

fn is_valid(algorithm: SigningAlgorithm, jwk: &Jwk, jws: &Jws) -> bool {
    static VERIFIED: Memory<bool> = Memory::new();
    let verify = || is_signature_valid(algorithm, jwk.key(), jws.signing_input(), &jws.signature);
    VERIFIED
        .recall(format!("{} {} {}", algorithm.as_str(), jwk.key().thumbprint(), jws.text()), verify)
}

fn signing_key() -> <Es256 as Algorithm>::SigningKey {
    <Es256 as Algorithm>::SigningKey::from_slice(&[7; 32]).unwrap()
}

static PUBLIC_KEY: LazyLock<Members> = LazyLock::new(public_key);

fn public_key() -> Members {
    let signing_key = signing_key();
    let key = JsonWebKey::from(&signing_key).to_verifying_key();
    let key = json::object(&serde_json::to_string(&key).unwrap()).unwrap();
    let mut members =
        Members::new(&[("kid", r#""k1""#), ("use", r#""sig""#), ("alg", r#""ES256""#)]);
    for name in ["kty", "crv", "x", "y"] {
        members.write(name, &quoted(key.string(name).unwrap()));
    }
    members
}

pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

impl Login {
    /// One in which everything is as it should be.
    pub fn valid() -> Self {
        let half = |secret: &str| quoted(&base64url::encode(&sha256(secret)[..16]));
        let (at_hash, c_hash) = (half(ACCESS_TOKEN), half(CODE));
        Self {
            issuer: ISSUER.to_owned(),
            sub: "alice".to_owned(),
            discovery: Answer::new(&[
                ("issuer", r#""https://as.example""#),
                ("authorization_endpoint", r#""https://as.example/authorize""#),
                ("token_endpoint", r#""https://as.example/token""#),
                ("jwks_uri", r#""https://as.example/jwks""#),
                ("userinfo_endpoint", r#""https://as.example/userinfo""#),
                ("revocation_endpoint", r#""https://as.example/revoke""#),
                ("end_session_endpoint", r#""https://as.example/end""#),
                ("device_authorization_endpoint", r#""https://as.example/device""#),
                ("pushed_authorization_request_endpoint", r#""https://as.example/par""#),
                ("code_challenge_methods_supported", r#"["S256"]"#),
                ("authorization_response_iss_parameter_supported", "true"),
            ]),
            callback_mark: '?',
            callback: [("code", CODE), ("state", STATE), ("iss", "https%3A%2F%2Fas.example")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            callback_fragment: String::new(),
            token_response: Answer::new(&[
                ("access_token", &quoted(ACCESS_TOKEN)),
                ("token_type", r#""Bearer""#),
                ("expires_in", "300"),
                ("refresh_token", r#""8xLOxBtZp8""#),
                ("scope", r#""openid offline_access""#),
            ]),
            sends_id_token: true,
            id_token: Token::new(&[
                ("iss", r#""https://as.example""#),
                ("sub", r#""alice""#),
                ("aud", r#""spa""#),
                ("exp", "1800000060"),
                ("iat", "1800000000"),
                ("auth_time", "1799999990"),
                ("nonce", &quoted(NONCE)),
                ("at_hash", &at_hash),
                ("c_hash", &c_hash),
            ]),
            jwks: Answer::new(&[]),
            key: PUBLIC_KEY.clone(),
            userinfo: Answer::new(&[("sub", r#""alice""#), ("email", r#""alice@example.com""#)]),
            signed_userinfo: None,
            max_age: None,
            essential_acr: Vec::new(),
            asked: None,
            refreshes: false,
        }
    }

    /// The answer to the refresh that follows it: as before, but with no code and no nonce.
    pub fn valid_refresh() -> Self {
        let mut login = Self { refreshes: true, ..Self::valid() };
        for claim in ["nonce", "c_hash"] {
            login.id_token.claims.remove(claim);
        }
        login
    }

    /// One whose UserInfo is a JWT.
    pub fn valid_with_signed_userinfo() -> Self {
        let mut login = Self::valid();
        login.userinfo.content_type = Some("application/jwt".to_owned());
        login.signed_userinfo = Some(Token::new(&[
            ("iss", r#""https://as.example""#),
            ("sub", r#""alice""#),
            ("aud", r#""spa""#),
        ]));
        login
    }

    pub fn callback_url(&self) -> String {
        let query: Vec<String> =
            self.callback.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (mark, query, fragment) =
            (self.callback_mark, query.join("&"), &self.callback_fragment);
        format!("https://app.example/callback{mark}{query}{fragment}")
    }

    /// Follows the login through the protocol, in the order in which the client does.
    pub fn follow(&self) -> Result<(), Error> {
        let metadata = discovery::read_response(&self.discovery.received(), &self.issuer)?;
        let keys = JwkSet::parse(&self.jwks.response(&self.key_set()).json()?)?;
        if !self.refreshes {
            let state = Secret::new(STATE.to_owned());
            let expected = callback::Expected {
                issuer: &metadata.issuer,
                sends_iss: metadata.sends_iss,
                state: &state,
                response_mode: ResponseMode::Query,
            };
            let granted = callback::read(&self.callback_url(), &expected)?;
            assert_eq!(granted.code.expose(), CODE, "another code than the server's was read");
        }
        self.read_tokens(&metadata, &keys)?;
        self.read_userinfo(&keys)
    }

    fn read_tokens(&self, metadata: &ServerMetadata, keys: &JwkSet) -> Result<(), Error> {
        let mut members = self.token_response.members.clone();
        if self.sends_id_token && !members.has("id_token") {
            members.write("id_token", &quoted(&self.id_token.text()));
        }
        let response = self.token_response.response(&members.text());
        let tokens = token::read_response(&response, &[TokenType::Bearer])?;
        let Some(id_token) = &tokens.id_token else {
            return if self.refreshes { Ok(()) } else { Err(ErrorCode::IdTokenMissing.into()) };
        };
        let nonce = Secret::new(NONCE.to_owned());
        let previous = self.claims_of_the_session();
        let expected = id_token::Expected {
            issuer: &metadata.issuer,
            client_id: "spa",
            algorithms: &ALGORITHMS,
            now: NOW,
            tolerance: 30.0,
            grant: self.grant(&nonce, &previous),
        };
        let token = id_token::check(id_token.expose(), &expected)?;
        token.check_hash("at_hash", &sha256(tokens.access_token.expose()))?;
        token.check_hash("c_hash", &sha256(CODE))?;
        check_signature(&token, keys)
    }

    fn read_userinfo(&self, keys: &JwkSet) -> Result<(), Error> {
        let response = match &self.signed_userinfo {
            Some(token) => self.userinfo.response(&token.text()),
            None => self.userinfo.received(),
        };
        let expected = userinfo::Expected {
            sub: &self.sub,
            issuer: &self.issuer,
            client_id: "spa",
            algorithms: &ALGORITHMS,
        };
        match userinfo::read_response(&response, &expected)? {
            UserInfo::Claims(_) => Ok(()),
            UserInfo::Signed(token) => {
                check_signature(&token, keys).map_err(|_| ErrorCode::UserinfoInvalid.into())
            }
        }
    }

    /// Has the verifier of a server-side app check the ID token, with keys that it fetches itself.
    pub fn verify_at_a_server(&self) -> Result<(), Error> {
        let (nonce, previous) = (Secret::new(NONCE.to_owned()), self.claims_of_the_session());
        let id_token = Secret::new(self.id_token.text());
        let access_token = Secret::new(ACCESS_TOKEN.to_owned());
        let grant = self.grant(&nonce, &previous);
        let verifier = self.verifier().build()?;
        let claims = verifier.verify_id_token(&id_token, "spa", grant, Some(&access_token));
        claims.now_or_never().unwrap().map(|_| ())
    }

    /// Has the verifier of an API check the token, as if it were one for the API.
    pub fn verify_as_access_token(&self) -> Result<(), VerifyError> {
        let verifier = self.verifier().accept_any_jwt_profile().build().unwrap();
        verifier.verify(&self.id_token.text()).now_or_never().unwrap().map(|_| ())
    }

    fn verifier(&self) -> VerifierBuilder {
        let served =
            [(&self.discovery, self.discovery.members.text()), (&self.jwks, self.key_set())].map(
                |(answer, members)| {
                    let body = answer.body.clone().unwrap_or(members);
                    (answer.status, answer.content_type.clone(), body)
                },
            );
        let fetch = move |request: HttpRequest| {
            let (status, content_type, body) = &served[usize::from(request.url.ends_with("/jwks"))];
            let content_type = content_type.clone();
            ready(Ok(HttpResponse { content_type, ..HttpResponse::new(*status, body.clone()) }))
        };
        Verifier::builder(&self.issuer)
            .audience("spa")
            .algorithms(ALGORITHMS)
            .fetch(fetch)
            .clock(|| NOW)
    }

    fn grant<'a>(&'a self, nonce: &'a Secret, previous: &'a Object) -> Grant<'a> {
        if self.refreshes {
            return Grant::Refresh { previous };
        }
        Grant::Code {
            nonce,
            max_age: self.max_age,
            acr: &self.essential_acr,
            asked: self.asked.as_ref(),
        }
    }

    fn key_set(&self) -> String {
        format!(r#"{{"keys":[{}]}}"#, self.key.text())
    }

    fn claims_of_the_session(&self) -> Object {
        let mut claims = Self::valid().id_token.claims;
        claims.write("iss", &quoted(&self.issuer));
        json::object(&claims.text()).unwrap()
    }
}

fn check_signature(token: &CheckedClaims, keys: &JwkSet) -> Result<(), Error> {
    let candidates = keys.candidates(token.kid(), token.algorithm());
    if candidates.is_empty() {
        return Err(ErrorCode::IdTokenKey.into());
    }
    let is_valid = |jwk: &&Jwk| is_valid(token.algorithm(), jwk, token.jws());
    if candidates.iter().any(is_valid) { Ok(()) } else { Err(ErrorCode::IdTokenSignature.into()) }
}

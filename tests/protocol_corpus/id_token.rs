use jwt_compact::alg::Es256;
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use portcullis::ErrorCode::{
    IdTokenAcr, IdTokenAlg, IdTokenAtHash, IdTokenAud, IdTokenAuthTime, IdTokenAzp, IdTokenExp,
    IdTokenIat, IdTokenIss, IdTokenKey, IdTokenMalformed, IdTokenNbf, IdTokenNonce,
    IdTokenSignature, IdTokenSub,
};
use portcullis::protocol::base64url;

use crate::case::{Case, MISSING, members, repeated};
use crate::login::{Alteration, Login, quoted};

const CLAIMS: [&str; 9] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash"];

pub fn refused() -> Vec<Case> {
    let mut cases = claims();
    cases.extend(headers());
    cases.extend(encodings());
    cases.extend(what_was_asked_for());
    cases.extend(refreshed());
    cases
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn claims() -> Vec<Case> {
    let huge = quoted(&"x".repeat(20_000));
    let mut cases = members(
        Login::valid,
        "ID token",
        |login| &mut login.id_token.claims,
        &[
            (
                "iss",
                IdTokenIss,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "{}",
                    r#""""#,
                    r#""https://as.example/""#,
                    r#""https://AS.example""#,
                    r#""http://as.example""#,
                    r#""https://evil.example""#,
                    r#""https%3A%2F%2Fas.example""#,
                    r#"["https://as.example"]"#,
                    &huge,
                ],
            ),
            (
                "sub",
                IdTokenSub,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "[]",
                    r#"["alice"]"#,
                    "{}",
                    r#""""#,
                    r#""älice""#,
                    &huge,
                ],
            ),
            (
                "aud",
                IdTokenAud,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "{}",
                    "[]",
                    r#""""#,
                    r#""other""#,
                    r#""SPA""#,
                    r#""spa ""#,
                    r#""other spa""#,
                    r#"["other"]"#,
                    r#"["spa",7]"#,
                    r#"[["spa"]]"#,
                    &huge,
                ],
            ),
            ("aud", IdTokenAzp, &[r#"["spa","other"]"#, r#"["spa","spa","other"]"#]),
            (
                "azp",
                IdTokenAzp,
                &["null", "7", "true", r#"["spa"]"#, "{}", r#""""#, r#""other""#, &huge],
            ),
            (
                "exp",
                IdTokenExp,
                &[
                    MISSING,
                    "null",
                    r#""1800000060""#,
                    "true",
                    "[1800000060]",
                    "{}",
                    r#""""#,
                    "0",
                    "-1",
                    "1799999970",
                    "-1e300",
                ],
            ),
            (
                "iat",
                IdTokenIat,
                &[
                    MISSING,
                    "null",
                    r#""1800000000""#,
                    "true",
                    "[1800000000]",
                    "{}",
                    r#""""#,
                    "1800000031",
                    "1800000000000",
                    "1e300",
                ],
            ),
            (
                "nbf",
                IdTokenNbf,
                &["null", r#""1800000000""#, "true", "[]", "{}", "1800000031", "1e300"],
            ),
            (
                "auth_time",
                IdTokenAuthTime,
                &["null", r#""1799999990""#, "true", "[1799999990]", "{}", r#""""#],
            ),
            (
                "nonce",
                IdTokenNonce,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "{}",
                    r#""""#,
                    r#""n-0S6_WzA2Mj0""#,
                    r#""N-0S6_WzA2Mj""#,
                    r#""n-0S6%5FWzA2Mj""#,
                    r#"["n-0S6_WzA2Mj"]"#,
                    &huge,
                ],
            ),
            (
                "at_hash",
                IdTokenAtHash,
                &["null", "7", "true", "[]", "{}", r#""""#, r#""77QmUPtjPfzWtF2AnpK9RQ""#, &huge],
            ),
            (
                "c_hash",
                IdTokenAtHash,
                &["null", "7", "true", "[]", "{}", r#""""#, r#""77QmUPtjPfzWtF2AnpK9RQ""#, &huge],
            ),
        ],
    );
    cases.extend(repeated(
        Login::valid,
        "ID token",
        |login| &mut login.id_token.claims,
        IdTokenMalformed,
        &CLAIMS,
    ));
    cases.push(Case::refused(
        "ID token: a claim again in another spelling",
        IdTokenMalformed,
        |login| {
            login.id_token.claims.repeat(r"\u0073ub", r#""mallory""#);
        },
    ));
    cases.push(Case::refused("ID token: at_hash with padding", IdTokenAtHash, |login| {
        let padded =
            login.id_token.claims.get("at_hash").unwrap().replacen('"', "", 1).replace('"', "==");
        login.id_token.claims.write("at_hash", &quoted(&padded));
    }));
    cases
}

fn headers() -> Vec<Case> {
    let huge = quoted(&"x".repeat(20_000));
    let mut cases = members(
        Login::valid,
        "JOSE header",
        |login| &mut login.id_token.header,
        &[
            (
                "alg",
                IdTokenAlg,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "{}",
                    r#"["ES256"]"#,
                    r#""""#,
                    r#""none""#,
                    r#""None""#,
                    r#""nOnE""#,
                    r#""HS256""#,
                    r#""HS384""#,
                    r#""HS512""#,
                    r#""es256""#,
                    r#""ES256 ""#,
                    r#""ES256K""#,
                    r#""PS256""#,
                    r#""EdDSA""#,
                    r#""RSA-OAEP""#,
                    &huge,
                ],
            ),
            ("alg", IdTokenKey, &[r#""RS256""#]),
            ("kid", IdTokenMalformed, &["null", "7", "true", "{}", r#"["k1"]"#]),
            ("kid", IdTokenKey, &[r#""""#, r#""K1""#, r#""k1 ""#, r#""../k1""#, r#""k2""#, &huge]),
            (
                "crit",
                IdTokenMalformed,
                &[
                    r#"["exp"]"#,
                    r#"["b64"]"#,
                    "[]",
                    "null",
                    r#""exp""#,
                    r#"["http://unknown.example"]"#,
                ],
            ),
            ("b64", IdTokenMalformed, &["false", "true", "null"]),
            (
                "typ",
                IdTokenMalformed,
                &[
                    r#""at+jwt""#,
                    r#""AT+JWT""#,
                    r#""application/at+jwt""#,
                    r#""Application/At+Jwt""#,
                    r#""dpop+jwt""#,
                    r#""logout+jwt""#,
                    r#""Logout+JWT""#,
                    r#""secevent+jwt""#,
                    r#""oauth-authz-req+jwt""#,
                    r#""token-introspection+jwt""#,
                ],
            ),
        ],
    );
    cases.extend(repeated(
        Login::valid,
        "JOSE header",
        |login| &mut login.id_token.header,
        IdTokenMalformed,
        &["alg", "kid"],
    ));
    cases
}

/// The compact text, changed after it was signed.
fn encodings() -> Vec<Case> {
    let changes: [(&str, Alteration, _); 15] = [
        ("no signature part", |text| text.rsplit_once('.').unwrap().0.to_owned(), IdTokenMalformed),
        ("four parts", |text| format!("{text}.x"), IdTokenMalformed),
        ("five parts, as encrypted", |text| format!("{text}..x"), IdTokenMalformed),
        ("dots percent-encoded", |text| text.replace('.', "%2E"), IdTokenMalformed),
        ("padding", |text| format!("{text}=="), IdTokenMalformed),
        ("the other base64 alphabet", |text| format!("{text}+/"), IdTokenMalformed),
        ("a header that is no object", |text| with_part(text, 0, "[]"), IdTokenMalformed),
        ("a header that is no JSON", |text| with_part(text, 0, "alg=ES256"), IdTokenMalformed),
        ("claims that are no object", |text| with_part(text, 1, "7"), IdTokenMalformed),
        ("claims in UTF-16", |text| with_part(text, 1, "{\0}\0"), IdTokenMalformed),
        ("claims cut off", |text| with_part(text, 1, r#"{"iss":"https://as.ex"#), IdTokenMalformed),
        ("an empty signature", |text| with_part(text, 2, ""), IdTokenSignature),
        ("a signature of zeros", |text| with_part(text, 2, &"\0".repeat(64)), IdTokenSignature),
        ("a signature cut off", |text| text[..text.len() - 2].to_owned(), IdTokenSignature),
        ("signed by somebody else", signed_by_somebody_else, IdTokenSignature),
    ];
    changes
        .into_iter()
        .map(|(what, altered, code)| {
            Case::refused(&format!("ID token: {what}"), code, |login| {
                login.id_token.altered = altered;
            })
        })
        .chain([
            Case::refused("ID token: claims changed after signing", IdTokenSignature, |login| {
                login.id_token.altered = |text| {
                    let claims = base64url::decode(text.split('.').nth(1).unwrap()).unwrap();
                    let claims = String::from_utf8(claims).unwrap();
                    with_part(text, 1, &claims.replace("alice", "carol"))
                };
            }),
            Case::refused("ID token: a key of its own in the header", IdTokenSignature, |login| {
                login.id_token.header.write("jwk", &somebody_elses_key());
                login.id_token.altered = signed_by_somebody_else;
            }),
        ])
        .collect()
}

fn with_part(text: &str, index: usize, part: &str) -> String {
    let encoded = base64url::encode(part.as_bytes());
    let mut parts: Vec<&str> = text.split('.').collect();
    parts[index] = &encoded;
    parts.join(".")
}

fn somebody_elses_signing_key() -> <Es256 as Algorithm>::SigningKey {
    <Es256 as Algorithm>::SigningKey::from_slice(&[8; 32]).unwrap()
}

fn somebody_elses_key() -> String {
    let signing_key = somebody_elses_signing_key();
    let key = JsonWebKey::from(&signing_key).to_verifying_key();
    serde_json::to_string(&key).unwrap()
}

fn signed_by_somebody_else(text: &str) -> String {
    let (input, _) = text.rsplit_once('.').unwrap();
    let signature = Es256.sign(&somebody_elses_signing_key(), input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature.as_bytes()))
}

fn recent_login() -> Login {
    Login { max_age: Some(60.0), ..Login::valid() }
}

fn what_was_asked_for() -> Vec<Case> {
    let golden = || {
        let mut login = Login { essential_acr: vec!["gold".to_owned()], ..Login::valid() };
        login.id_token.claims.write("acr", r#""gold""#);
        login
    };
    let mut cases = members(
        recent_login,
        "ID token, max_age asked for",
        |login| &mut login.id_token.claims,
        &[(
            "auth_time",
            IdTokenAuthTime,
            &[MISSING, "1799999909", "0", "-1", "1800000031", "1e300"],
        )],
    );
    cases.extend(members(
        golden,
        "ID token, acr asked for",
        |login| &mut login.id_token.claims,
        &[(
            "acr",
            IdTokenAcr,
            &[
                MISSING,
                "null",
                "7",
                "true",
                "{}",
                r#"["gold"]"#,
                r#""""#,
                r#""bronze""#,
                r#""Gold""#,
            ],
        )],
    ));
    cases
}

fn refreshed() -> Vec<Case> {
    members(
        Login::valid_refresh,
        "refreshed ID token",
        |login| &mut login.id_token.claims,
        &[
            ("iss", IdTokenIss, &[MISSING, r#""https://evil.example""#]),
            ("sub", IdTokenSub, &[MISSING, r#""bob""#, r#""Alice""#]),
            ("aud", IdTokenAud, &[MISSING, r#""other""#]),
            ("azp", IdTokenAzp, &[r#""spa""#, r#""other""#]),
            ("nonce", IdTokenNonce, &["null", r#""other""#]),
            ("auth_time", IdTokenAuthTime, &["null", "1799999991", r#""1799999990""#]),
            ("iat", IdTokenIat, &[MISSING, "null"]),
            ("exp", IdTokenExp, &[MISSING, "null", "1799999970"]),
            ("at_hash", IdTokenAtHash, &[r#""77QmUPtjPfzWtF2AnpK9RQ""#]),
        ],
    )
}

pub fn accepted() -> Vec<Case> {
    let with = |name: &str, value: &str| {
        Case::accepted(&format!("ID token: {name} is {value}"), |login| match value {
            MISSING => login.id_token.claims.remove(name),
            value => login.id_token.claims.write(name, value),
        })
    };
    let header = |name: &str, value: &str| {
        Case::accepted(&format!("JOSE header: {name} is {value}"), |login| match value {
            MISSING => login.id_token.header.remove(name),
            value => login.id_token.header.write(name, value),
        })
    };
    let refresh = |what: &str, change: fn(&mut Login)| {
        Case::new(&format!("refresh: {what}"), None, Login::valid_refresh(), change)
    };
    let recent = |auth_time: &str| {
        let what = format!("ID token, max_age asked for: auth_time is {auth_time}");
        Case::new(&what, None, recent_login(), |login| {
            login.id_token.claims.write("auth_time", auth_time);
        })
    };
    let longest_sub = "a".repeat(255);
    vec![
        with("aud", r#"["spa"]"#),
        with("aud", r#"["spa","spa"]"#),
        with("azp", r#""spa""#),
        with("iss", r#""https:\/\/as.example""#),
        with("exp", "1800000060.5"),
        with("exp", "1.80000006e9"),
        with("exp", "1799999971"),
        with("iat", "1800000030"),
        with("iat", "1700000000"),
        with("nbf", "1800000030"),
        with("auth_time", "1799999990.25"),
        with("auth_time", MISSING),
        with("at_hash", MISSING),
        with("c_hash", MISSING),
        with("groups", r#"["a",{"b":null}]"#),
        with("émoji", r#""\ud83d\udd25""#),
        Case::accepted("ID token: several audiences and azp", |login| {
            login.id_token.claims.write("aud", r#"["other","spa"]"#);
            login.id_token.claims.write("azp", r#""spa""#);
        }),
        Case::accepted("ID token: its claims in another order", |login| {
            login.id_token.claims.reverse();
        }),
        Case::accepted("ID token: the longest sub", |login| {
            login.id_token.claims.write("sub", &quoted(&longest_sub));
            login.userinfo.members.write("sub", &quoted(&longest_sub));
            login.sub = longest_sub;
        }),
        recent("1799999910"),
        recent("1800000030"),
        header("typ", r#""JWT""#),
        header("typ", r#""jwt""#),
        header("typ", r#""application/jwt""#),
        header("typ", r#""id+jwt""#),
        header("typ", r#""at""#),
        header("kid", MISSING),
        header("x5t", r#""abc""#),
        refresh("no ID token", |login| login.sends_id_token = false),
        refresh("an ID token without nonce", |_| {}),
        refresh("an ID token with the nonce of the login", |login| {
            let nonce = Login::valid().id_token.claims.get("nonce").unwrap().to_owned();
            login.id_token.claims.write("nonce", &nonce);
        }),
        refresh("an ID token without auth_time", |login| login.id_token.claims.remove("auth_time")),
        refresh("aud as an array", |login| login.id_token.claims.write("aud", r#"["spa"]"#)),
        refresh("an ID token from a clock that is ahead", |login| {
            login.id_token.claims.write("iat", "1800007200");
            login.id_token.claims.write("exp", "1800007260");
        }),
    ]
}

use portcullis::ErrorCode::{
    DiscoveryFailed, HttpStatus, IdTokenKey, IdTokenSignature, InsecureUrl, InvalidJson,
    IssuerMismatch,
};

use crate::case::{Case, MISSING, bodies, members, repeated};
use crate::login::{Login, quoted};

const REQUIRED: [&str; 3] = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
const OPTIONAL: [&str; 5] = [
    "userinfo_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
];

pub fn refused() -> Vec<Case> {
    let mut cases = discovery();
    cases.extend(keys());
    cases
}

fn discovery() -> Vec<Case> {
    let huge = quoted(&format!("https://as.example{}", "/x".repeat(10_000)));
    let mut cases = members(
        Login::valid,
        "discovery",
        |login| &mut login.discovery.members,
        &[
            (
                "issuer",
                IssuerMismatch,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "{}",
                    r#"["https://as.example"]"#,
                    r#""""#,
                    r#""https://as.example/""#,
                    r#""https://as.example:443""#,
                    r#""https://AS.example""#,
                    r#""http://as.example""#,
                    r#""https://evil.example""#,
                    &huge,
                ],
            ),
            (
                "code_challenge_methods_supported",
                DiscoveryFailed,
                &[
                    "null",
                    "7",
                    "true",
                    "{}",
                    "[]",
                    r#""S256""#,
                    r#"["plain"]"#,
                    r#"["s256"]"#,
                    r#"["S256",7]"#,
                ],
            ),
            (
                "authorization_response_iss_parameter_supported",
                DiscoveryFailed,
                &["null", "7", r#""true""#, "[]", "{}"],
            ),
        ],
    );
    for name in REQUIRED.into_iter().chain(OPTIONAL) {
        cases.extend(members(
            Login::valid,
            "discovery",
            |login| &mut login.discovery.members,
            &[
                (name, DiscoveryFailed, &["null", "7", "true", "[]", "{}"]),
                (
                    name,
                    InsecureUrl,
                    &[
                        r#""""#,
                        r#""/token""#,
                        r#""//as.example/x""#,
                        r#""http://as.example/x""#,
                        r#""javascript:alert(1)""#,
                        r#""https://user:password@as.example/x""#,
                        r#""https://as.example/a b""#,
                        r#""https:\\\\as.example""#,
                        r#""https://]/token""#,
                        r#""https://[]/token""#,
                        r#"" https://as.example/x""#,
                    ],
                ),
            ],
        ));
    }
    for name in REQUIRED {
        cases.extend(members(
            Login::valid,
            "discovery",
            |login| &mut login.discovery.members,
            &[(name, DiscoveryFailed, &[MISSING])],
        ));
    }
    cases.extend(repeated(
        Login::valid,
        "discovery",
        |login| &mut login.discovery.members,
        InvalidJson,
        &["issuer", "token_endpoint", "jwks_uri"],
    ));
    cases.extend(bodies("discovery", |login| &mut login.discovery));
    for status in [204, 302, 404, 500] {
        cases.push(Case::refused(&format!("discovery: {status}"), HttpStatus, |login| {
            login.discovery.status = status;
        }));
    }
    cases
}

fn keys() -> Vec<Case> {
    let huge = quoted(&"Q".repeat(20_000));
    let mut cases = members(
        Login::valid,
        "key",
        |login| &mut login.key,
        &[
            (
                "kty",
                IdTokenKey,
                &[
                    MISSING, "null", "7", "[]", r#""""#, r#""ec""#, r#""RSA""#, r#""oct""#,
                    r#""OKP""#,
                ],
            ),
            (
                "crv",
                IdTokenKey,
                &[
                    MISSING,
                    "null",
                    "7",
                    r#""""#,
                    r#""p-256""#,
                    r#""P-384""#,
                    r#""secp256k1""#,
                    r#""Ed25519""#,
                ],
            ),
            (
                "x",
                IdTokenKey,
                &[MISSING, "null", "7", "[]", r#""""#, r#""AA""#, r#""not base64url!""#, &huge],
            ),
            (
                "y",
                IdTokenKey,
                &[MISSING, "null", "7", "[]", r#""""#, r#""AA""#, r#""not base64url!""#, &huge],
            ),
            (
                "x",
                IdTokenSignature,
                &[
                    r#""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA""#,
                    r#""f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU""#,
                ],
            ),
            (
                "use",
                IdTokenKey,
                &["null", "7", "[]", r#""""#, r#""enc""#, r#""SIG""#, r#"["sig"]"#],
            ),
            (
                "key_ops",
                IdTokenKey,
                &["null", "7", "[]", r#""verify""#, r#"["sign"]"#, r#"["verify",7]"#],
            ),
            (
                "alg",
                IdTokenKey,
                &["null", "7", "[]", r#""""#, r#""ES384""#, r#""es256""#, r#""none""#],
            ),
            ("kid", IdTokenKey, &[MISSING, "null", "7", "[]", r#""""#, r#""K1""#, r#""k2""#]),
        ],
    );
    cases.extend(repeated(
        Login::valid,
        "key",
        |login| &mut login.key,
        InvalidJson,
        &["kid", "kty", "x", "y"],
    ));
    for (body, code) in [
        ("{}", DiscoveryFailed),
        (r#"{"keys":null}"#, DiscoveryFailed),
        (r#"{"keys":{}}"#, DiscoveryFailed),
        (r#"{"keys":"k1"}"#, DiscoveryFailed),
        (r#"{"keys":[]}"#, IdTokenKey),
        (r#"{"keys":[null,7,"k1",[],{}]}"#, IdTokenKey),
        (r#"{"keys":[],"keys":[]}"#, InvalidJson),
        ("[]", InvalidJson),
        ("<html>", InvalidJson),
    ] {
        cases.push(Case::refused(&format!("JWKS: {body}"), code, |login| {
            login.jwks.body = Some(body.to_owned());
        }));
    }
    cases
}

pub fn accepted() -> Vec<Case> {
    let discovery = |name: &str, value: &str| {
        Case::accepted(&format!("discovery: {name} is {value}"), |login| match value {
            MISSING => login.discovery.members.remove(name),
            value => login.discovery.members.write(name, value),
        })
    };
    let key = |name: &str, value: &str| {
        Case::accepted(&format!("key: {name} is {value}"), |login| match value {
            MISSING => login.key.remove(name),
            value => login.key.write(name, value),
        })
    };
    let mut cases = vec![
        discovery("code_challenge_methods_supported", MISSING),
        discovery("code_challenge_methods_supported", r#"["plain","S256"]"#),
        discovery("unknown", r#"{"a":[1,null]}"#),
        discovery("token_endpoint", r#""http://localhost:4181/token""#),
        discovery("jwks_uri", r#""http://[::1]:4181/jwks""#),
        key("use", MISSING),
        key("alg", MISSING),
        key("key_ops", r#"["verify"]"#),
        key("x5c", r#"["MIIB"]"#),
        Case::accepted("JWKS: application/jwk-set+json", |login| {
            login.jwks.content_type = Some("application/jwk-set+json".to_owned());
        }),
        Case::accepted("JWKS: keys that can't be used beside the one that can", |login| {
            let odd =
                r#"7,{"kty":"oct","k":"AA"},{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#;
            login.jwks.body = Some(format!(r#"{{"keys":[{odd},{}]}}"#, login.key.text()));
        }),
        Case::accepted("an issuer with a trailing slash, everywhere", |login| {
            let issuer = r#""https://as.example/""#;
            "https://as.example/".clone_into(&mut login.issuer);
            login.discovery.members.write("issuer", issuer);
            "https%3A%2F%2Fas.example%2F".clone_into(&mut login.callback[2].1);
            login.id_token.claims.write("iss", issuer);
        }),
    ];
    cases.extend(OPTIONAL.map(|name| discovery(name, MISSING)));
    cases
}

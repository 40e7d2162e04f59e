use portcullis::ErrorCode::{
    HttpStatus, IdTokenMissing, InvalidJson, ServerError, SessionEnded, TokenResponseInvalid,
    TokenTypeUnsupported,
};

use crate::case::{Case, MISSING, bodies, members, repeated};
use crate::login::{Login, quoted};

pub fn refused() -> Vec<Case> {
    let huge = quoted(&"x".repeat(64 * 1024 + 1));
    let mut cases = members(
        Login::valid,
        "token response",
        |login| &mut login.token_response.members,
        &[
            (
                "access_token",
                TokenResponseInvalid,
                &[
                    MISSING,
                    "null",
                    "7",
                    "true",
                    "[]",
                    "{}",
                    r#""""#,
                    r#""a b""#,
                    r#""a\nb""#,
                    r#""a\u0000b""#,
                    r#""tök""#,
                    r#"["SlAV32hkKG"]"#,
                    &huge,
                ],
            ),
            (
                "token_type",
                TokenResponseInvalid,
                &[MISSING, "null", "7", "true", r#"["Bearer"]"#, "{}"],
            ),
            (
                "token_type",
                TokenTypeUnsupported,
                &[r#""""#, r#""mac""#, r#""N_A""#, r#""DPoP""#, r#""Bearer ""#, r#""Bearer,DPoP""#],
            ),
            (
                "expires_in",
                TokenResponseInvalid,
                &["-1", r#""soon""#, r#""""#, r#""-1""#, r#""1e3""#, "true", "[300]", "{}"],
            ),
            (
                "refresh_token",
                TokenResponseInvalid,
                &["7", "true", "[]", "{}", r#""""#, r#""a b""#, r#""a\r\nb""#, &huge],
            ),
            (
                "id_token",
                TokenResponseInvalid,
                &["7", "true", "[]", "{}", r#""""#, r#""a.b .c""#, &huge],
            ),
            ("id_token", IdTokenMissing, &["null"]),
            ("scope", TokenResponseInvalid, &["7", "true", r#"["openid"]"#, "{}"]),
        ],
    );
    cases.extend(repeated(
        Login::valid,
        "token response",
        |login| &mut login.token_response.members,
        InvalidJson,
        &["access_token", "token_type", "expires_in", "refresh_token", "scope"],
    ));
    cases.extend(bodies("token response", |login| &mut login.token_response));
    cases.push(Case::refused("token response: no ID token", IdTokenMissing, |login| {
        login.sends_id_token = false;
    }));
    for (status, body, code) in [
        (400, r#"{"error":"invalid_grant"}"#, SessionEnded),
        (400, r#"{"error":"invalid_client"}"#, ServerError),
        (400, "{}", HttpStatus),
        (400, "", HttpStatus),
        (503, r#"{"error":"invalid_grant"}"#, ServerError),
        (500, "<h1>", HttpStatus),
        (302, "", HttpStatus),
        (201, r#"{"access_token":"SlAV32hkKG","token_type":"Bearer"}"#, HttpStatus),
    ] {
        cases.push(Case::refused(&format!("token response: {status} {body}"), code, |login| {
            login.token_response.status = status;
            login.token_response.body = Some(body.to_owned());
        }));
    }
    cases
}

pub fn accepted() -> Vec<Case> {
    let with = |name: &str, value: &str| {
        Case::accepted(&format!("token response: {name} is {value}"), |login| match value {
            MISSING => login.token_response.members.remove(name),
            value => login.token_response.members.write(name, value),
        })
    };
    vec![
        with("token_type", r#""bearer""#),
        with("token_type", r#""BEARER""#),
        with("expires_in", MISSING),
        with("expires_in", "null"),
        with("expires_in", r#""300""#),
        with("expires_in", "299.5"),
        with("refresh_token", MISSING),
        with("refresh_token", "null"),
        with("scope", r#""openid""#),
        with("scope", MISSING),
        with("unknown", r#"{"a":[1,null]}"#),
        Case::accepted("token response: its members in another order", |login| {
            login.token_response.members.reverse();
        }),
        Case::accepted("token response: a content type with a charset", |login| {
            login.token_response.content_type = Some("Application/JSON;charset=UTF-8".to_owned());
        }),
    ]
}

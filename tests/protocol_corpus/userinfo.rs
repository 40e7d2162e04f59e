use portcullis::ErrorCode::{HttpStatus, InvalidJson, ServerError, UserinfoInvalid, UserinfoSub};

use crate::case::{Case, MISSING, Place, bodies, members, repeated};
use crate::login::{Alteration, Login, quoted};

pub fn refused() -> Vec<Case> {
    let huge = quoted(&"x".repeat(20_000));
    let wrong_sub = [
        MISSING,
        "null",
        "7",
        "true",
        "{}",
        r#""""#,
        r#""bob""#,
        r#""Alice""#,
        r#""alice ""#,
        r#"["alice"]"#,
        &huge,
    ];
    let mut cases = members(
        Login::valid,
        "UserInfo",
        |login| &mut login.userinfo.members,
        &[("sub", UserinfoSub, &wrong_sub)],
    );
    cases.extend(repeated(
        Login::valid,
        "UserInfo",
        |login| &mut login.userinfo.members,
        InvalidJson,
        &["sub", "email"],
    ));
    cases.extend(bodies("UserInfo", |login| &mut login.userinfo));
    for (status, body, code) in [
        (401, "{}", HttpStatus),
        (401, r#"{"error":"invalid_token"}"#, ServerError),
        (500, "<h1>", HttpStatus),
        (302, "", HttpStatus),
    ] {
        cases.push(Case::refused(&format!("UserInfo: {status} {body}"), code, |login| {
            login.userinfo.status = status;
            login.userinfo.body = Some(body.to_owned());
        }));
    }
    cases.extend(signed(&wrong_sub));
    cases
}

fn signed(wrong_sub: &[&str]) -> Vec<Case> {
    let claims: Place = |login| &mut login.signed_userinfo.as_mut().unwrap().claims;
    let header: Place = |login| &mut login.signed_userinfo.as_mut().unwrap().header;
    let start = Login::valid_with_signed_userinfo;
    let mut cases = members(
        start,
        "signed UserInfo",
        claims,
        &[
            ("sub", UserinfoSub, wrong_sub),
            (
                "iss",
                UserinfoInvalid,
                &[MISSING, "null", "7", "[]", r#""""#, r#""https://as.example/""#],
            ),
            (
                "aud",
                UserinfoInvalid,
                &[MISSING, "null", "7", "[]", r#""""#, r#""other""#, r#"["spa",7]"#],
            ),
        ],
    );
    cases.extend(members(
        start,
        "header of signed UserInfo",
        header,
        &[
            ("alg", UserinfoInvalid, &[MISSING, "null", r#""none""#, r#""HS256""#, r#""PS256""#]),
            ("kid", UserinfoInvalid, &["null", "7", r#""k2""#]),
            ("crit", UserinfoInvalid, &[r#"["exp"]"#]),
        ],
    ));
    cases.extend(repeated(
        start,
        "signed UserInfo",
        claims,
        UserinfoInvalid,
        &["sub", "iss", "aud"],
    ));
    let altered: [(&str, Alteration); 3] = [
        ("no JWT", |_| r#"{"sub":"alice"}"#.to_owned()),
        ("no signature", |text| text[..=text.rfind('.').unwrap()].to_owned()),
        ("a signature cut off", |text| text[..text.len() - 2].to_owned()),
    ];
    for (what, change) in altered {
        let what = format!("signed UserInfo: {what}");
        cases.push(Case::new(&what, Some(UserinfoInvalid), start(), |login| {
            login.signed_userinfo.as_mut().unwrap().altered = change;
        }));
    }
    cases
}

pub fn accepted() -> Vec<Case> {
    let start = Login::valid_with_signed_userinfo;
    vec![
        Case::accepted("UserInfo: unknown claims", |login| {
            login.userinfo.members.write("address", r#"{"country":"NL"}"#);
        }),
        Case::new("signed UserInfo", None, start(), |_| {}),
        Case::new("signed UserInfo: aud as an array", None, start(), |login| {
            login.signed_userinfo.as_mut().unwrap().claims.write("aud", r#"["other","spa"]"#);
        }),
    ]
}

use portcullis::ErrorCode;
use portcullis::ErrorCode::{
    AccessDenied, CallbackInvalid, InteractionRequired, IssuerMismatch, LoginRequired, ServerError,
    StateMismatch,
};

use crate::case::{Case, MISSING};

pub fn refused() -> Vec<Case> {
    let huge = "x".repeat(1 << 16);
    let mut cases = Vec::new();
    for (name, code, values) in [
        ("code", CallbackInvalid, vec![MISSING, "="]),
        (
            "state",
            StateMismatch,
            vec![
                MISSING,
                "=",
                "other",
                "af0ifjsldk",
                "af0ifjsldkj0",
                "AF0IFJSLDKJ",
                "%20af0ifjsldkj",
                "af0ifjsldkj%00",
                "%2561f0ifjsldkj",
                &huge,
            ],
        ),
        (
            "iss",
            IssuerMismatch,
            vec![
                MISSING,
                "=",
                "https://as.example/",
                "https://as.example:443",
                "http://as.example",
                "https://AS.example",
                "https://evil.example",
                "https://as.example.evil.example",
                "https%253A%252F%252Fas.example",
                "https://%D0%B0s.example",
                "https://as.example%00",
                "+https://as.example",
                &huge,
            ],
        ),
    ] {
        for value in values {
            let beginning: String = value.chars().take(40).collect();
            cases.push(Case::refused(&format!("callback: {name} is {beginning}"), code, |login| {
                login.callback.retain(|(parameter, _)| parameter != name);
                if value != MISSING {
                    let value = if value == "=" { "" } else { value };
                    login.callback.push((name.to_owned(), value.to_owned()));
                }
            }));
        }
        cases.push(Case::refused(&format!("callback: {name} twice"), CallbackInvalid, |login| {
            let same = login.callback.iter().find(|(parameter, _)| parameter == name).cloned();
            login.callback.extend(same);
        }));
        cases.push(Case::refused(&format!("callback: {name} in upper case"), code, |login| {
            let named = login.callback.iter_mut().find(|(parameter, _)| parameter == name);
            named.unwrap().0 = name.to_uppercase();
        }));
        cases.push(Case::refused(
            &format!("callback: {name} again in the fragment"),
            CallbackInvalid,
            |login| login.callback_fragment = format!("#{name}=x"),
        ));
    }
    for name in ["id_token", "access_token", "response"] {
        cases.push(Case::refused(
            &format!("callback: {name} in the query"),
            CallbackInvalid,
            |login| {
                login.callback.push((name.to_owned(), "x".to_owned()));
            },
        ));
        cases.push(Case::refused(
            &format!("callback: {name} in the fragment"),
            CallbackInvalid,
            |login| login.callback_fragment = format!("#{name}=x"),
        ));
    }
    cases.push(Case::refused("callback: all of it in the fragment", CallbackInvalid, |login| {
        login.callback_mark = '#';
    }));
    cases.extend(error_responses());
    cases
}

fn error_responses() -> Vec<Case> {
    let error = |what: &str, code: ErrorCode, parameters: &[(&str, &str)]| {
        Case::refused(&format!("callback: {what}"), code, |login| {
            login.callback.retain(|(name, _)| name != "code");
            for (name, value) in parameters {
                login.callback.retain(|(parameter, _)| *value != MISSING || parameter != name);
                if *value != MISSING {
                    login.callback.push(((*name).to_owned(), (*value).to_owned()));
                }
            }
        })
    };
    vec![
        error("access denied", AccessDenied, &[("error", "access_denied")]),
        error("login required", LoginRequired, &[("error", "login_required")]),
        error("interaction required", InteractionRequired, &[("error", "interaction_required")]),
        error("consent required", InteractionRequired, &[("error", "consent_required")]),
        error("server error", ServerError, &[("error", "server_error")]),
        error("an error that nobody registered", ServerError, &[("error", "%F0%9F%94%A5")]),
        error("an error that is none here", ServerError, &[("error", "invalid_grant")]),
        error("an error and a code", AccessDenied, &[("error", "access_denied"), ("code", "x")]),
        error(
            "an error without iss",
            AccessDenied,
            &[("error", "access_denied"), ("iss", MISSING)],
        ),
        error(
            "an error without state",
            StateMismatch,
            &[("error", "access_denied"), ("state", MISSING)],
        ),
        error("two errors", CallbackInvalid, &[("error", "access_denied"), ("error", "x")]),
        error(
            "two descriptions",
            CallbackInvalid,
            &[("error", "x"), ("error_description", "a"), ("error_description", "b")],
        ),
    ]
}

pub fn accepted() -> Vec<Case> {
    vec![
        Case::accepted("callback: the parameters in another order", |login| {
            login.callback.reverse();
        }),
        Case::accepted("callback: unknown parameters", |login| {
            login.callback.push(("session_state".to_owned(), "a.b".to_owned()));
            login.callback.push(("utm_source".to_owned(), "mail".to_owned()));
        }),
        Case::accepted("callback: iss not percent-encoded", |login| {
            "https://as.example".clone_into(&mut login.callback[2].1);
        }),
        Case::accepted("callback: names and values percent-encoded", |login| {
            login.callback[1] = ("%73tate".to_owned(), "af0ifjsldk%6A".to_owned());
        }),
        Case::accepted("callback: a fragment that is the app's own", |login| {
            "#section-2".clone_into(&mut login.callback_fragment);
        }),
        Case::accepted("callback: an iss that was not announced", |login| {
            login.discovery.members.remove("authorization_response_iss_parameter_supported");
        }),
    ]
}

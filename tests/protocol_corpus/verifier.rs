//! The tokens of the corpus at the verifier of a server, which fetches its keys itself.

use portcullis::ErrorCode::{
    self, IdTokenAlg, IdTokenAud, IdTokenExp, IdTokenIat, IdTokenIss, IdTokenKey, IdTokenMalformed,
    IdTokenNbf, IdTokenSignature,
};

use crate::case::Case;
use crate::id_token;
use crate::login::Login;

/// What an API looks at too, of a token that is none of its own.
const ALSO_OF_ACCESS_TOKENS: [ErrorCode; 9] = [
    IdTokenMalformed,
    IdTokenAlg,
    IdTokenKey,
    IdTokenSignature,
    IdTokenIss,
    IdTokenAud,
    IdTokenExp,
    IdTokenIat,
    IdTokenNbf,
];

#[test]
fn the_verifier_accepts_what_everything_is_measured_against() {
    for login in [Login::valid(), Login::valid_refresh()] {
        assert_eq!(login.verify_at_a_server(), Ok(()));
    }
    assert_eq!(Login::valid().verify_as_access_token(), Ok(()));
}

#[test]
fn the_verifier_refuses_each_id_token_with_the_code_that_names_its_defect() {
    // The code is not among what it is given.
    let cases = || id_token::refused().into_iter().filter(|case| !case.what.contains("c_hash"));
    let surprise = |case: Case| {
        let code = case.login.verify_at_a_server().err().map(|error| error.code());
        (code != case.code).then(|| format!("{}: {code:?}, not {:?}", case.what, case.code))
    };
    let surprises: Vec<_> = cases().filter_map(surprise).collect();
    assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
    assert!(cases().count() > 100);
}

#[test]
fn the_verifier_refuses_no_harmless_variant() {
    let surprise = |case: Case| {
        let error = case.login.verify_at_a_server().err()?;
        Some(format!("{}: {error}", case.what))
    };
    let surprises: Vec<_> = id_token::accepted().into_iter().filter_map(surprise).collect();
    assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
}

#[test]
fn a_token_with_a_defect_that_any_token_can_have_is_no_access_token_either() {
    let cases = || {
        id_token::refused().into_iter().filter(|case| {
            case.code.is_some_and(|code| ALSO_OF_ACCESS_TOKENS.contains(&code))
                && !case.login.refreshes
                // That is what an access token is called.
                && !case.what.to_ascii_lowercase().contains("at+jwt")
        })
    };
    let accepted = |case: Case| {
        let refusal = case.login.verify_as_access_token().err();
        refusal.is_none_or(|error| error.status() != 401).then_some(case.what)
    };
    let accepted: Vec<_> = cases().filter_map(accepted).collect();
    assert!(accepted.is_empty(), "\n{}", accepted.join("\n"));
    assert!(cases().count() > 60);
}

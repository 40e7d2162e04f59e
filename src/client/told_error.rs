//! Errors that outlive their page or cross to another tab.

use crate::error::{Error, ErrorCode};
use crate::protocol::json::{Json, Object};

/// Puts an error into an object that is stored or told.
pub(super) fn put_error(object: &mut Object, error: &Error) {
    object.set("error", Json::from(error.code().as_str()));
    object.set_some("oauth_error", error.oauth_error());
    object.set_some("description", error.description());
    if let Some(status) = error.status() {
        object.set("status", Json::Number(status.into()));
    }
}

/// The error that was put into an object.
pub(super) fn take_error(object: &mut Object) -> Option<Error> {
    let mut error = Error::new(object.string("error").and_then(ErrorCode::from_name)?);
    if let Some(status) = object.number("status") {
        error = error.with_status(status_of(status));
    }
    if let Some(oauth_error) = object.take_string("oauth_error") {
        error = error.with_oauth(oauth_error, object.take_string("description"));
    }
    Some(error)
}

/// The status that was put there as a number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn status_of(number: f64) -> u16 {
    number as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_back_as_it_was_put() {
        for error in [
            Error::new(ErrorCode::Network),
            Error::new(ErrorCode::ServerError)
                .with_status(429)
                .with_oauth("slow_down".to_owned(), Some("later".to_owned())),
        ] {
            let mut object = Object::default();
            put_error(&mut object, &error);
            assert_eq!(take_error(&mut object), Some(error));
        }
    }

    #[test]
    fn no_error_comes_from_an_object_without_one() {
        assert_eq!(take_error(&mut Object::default()), None);
    }
}

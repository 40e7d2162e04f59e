//! [OpenID Connect Session Management 1.0](https://openid.net/specs/openid-connect-session-1_0.html):
//! what is asked of the server's frame, and what it answers.

use super::ascii;

/// What the server's frame says of a session
/// ([section 3.2](https://openid.net/specs/openid-connect-session-1_0.html#OPiframe)).
///
/// ```
/// use portcullis::protocol::session_management::SessionStatus;
///
/// let asks_anew = |status| status == SessionStatus::Changed;
/// assert!(SessionStatus::from_answer("changed").is_some_and(asks_anew));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// It is as it was.
    Unchanged,
    /// Who is logged in at the server has to be asked anew.
    Changed,
    /// The frame can't say.
    Error,
}

impl SessionStatus {
    /// Reads an answer of the frame; `None` if it is none.
    ///
    /// ```
    /// # use portcullis::protocol::session_management::SessionStatus;
    /// assert_eq!(SessionStatus::from_answer("unchanged"), Some(SessionStatus::Unchanged));
    /// assert_eq!(SessionStatus::from_answer("hello"), None);
    /// ```
    pub fn from_answer(answer: &str) -> Option<Self> {
        match answer {
            "unchanged" => Some(Self::Unchanged),
            "changed" => Some(Self::Changed),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// The message to the frame
/// ([section 3.1](https://openid.net/specs/openid-connect-session-1_0.html#RPiframe)).
///
/// ```
/// use portcullis::protocol::session_management;
///
/// assert_eq!(session_management::message("s6BhdRkqt3", "hash.salt"), "s6BhdRkqt3 hash.salt");
/// ```
pub fn message(client_id: &str, session_state: &str) -> String {
    [client_id, " ", session_state].concat()
}

/// Whether this can be a `session_state`, which has no space, as it is what follows the last one in a
/// [`message`] ([section 2](https://openid.net/specs/openid-connect-session-1_0.html#CreatingUpdatingSessions)).
pub(crate) fn is_session_state(text: &str) -> bool {
    !text.is_empty() && ascii::find(text, b" ").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_answers_are_answers() {
        assert_eq!(SessionStatus::from_answer("unchanged"), Some(SessionStatus::Unchanged));
        assert_eq!(SessionStatus::from_answer("changed"), Some(SessionStatus::Changed));
        assert_eq!(SessionStatus::from_answer("error"), Some(SessionStatus::Error));
        for answer in ["", "Changed", "changed ", "spa changed", "supported", "{}"] {
            assert_eq!(SessionStatus::from_answer(answer), None, "{answer}");
        }
    }

    #[test]
    fn a_message_is_client_and_session_state_with_a_space_between_them() {
        assert_eq!(message("spa", "hash.salt"), "spa hash.salt");
        assert!(is_session_state("hash.salt"));
        assert!(!is_session_state("hash salt"));
        assert!(!is_session_state(""));
    }
}

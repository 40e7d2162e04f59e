//! Ways to break the host or the server on purpose, so that each invariant is seen to be checked.

use crate::judge::Invariant;

/// Something that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Sealing hides nothing.
    SealsInTheClear,
    /// Messages between tabs pass through the store.
    BroadcastsThroughStore,
    /// Several tabs may have a lock at a time.
    LocksAreShared,
    /// A session that was stored is not there.
    StoreForgetsSession,
    /// A proxy in front of the server turns its failures into `invalid_grant`.
    ProxyEndsSessions,
    /// Every signature is taken for right.
    VerifiesEverything,
    /// The result of a login that was stored is not there.
    StoreForgetsResults,
    /// The address bar can't be cleaned.
    UrlStays,
    /// Errors of the network hold what was sent.
    ErrorsTell,
    /// Neither clock moves.
    ClocksStandStill,
    /// No timer takes longer than 20 ms.
    TimersRush,
    /// No timer ends.
    TimersHang,
    /// Hashing panics.
    DigestPanics,
    /// No tab hears another, or wakes.
    MessagesAreLost,
    /// What was removed is still there.
    RemoveForgets,
    /// A silent login that answers for another user names the one before.
    SilentLoginHidesUser,
    /// A silent login never finds the user logged in.
    SilentLoginFindsNobody,
    /// The URL of a logout loses its parameters.
    LogoutUrlIsCut,
}

impl Sabotage {
    /// Each, with the invariant that it breaks.
    pub const ALL: [(Self, Invariant); 18] = [
        (Self::SealsInTheClear, Invariant::SecretsAtRest),
        (Self::BroadcastsThroughStore, Invariant::SecretsAtRest),
        (Self::LocksAreShared, Invariant::SentOnce),
        (Self::StoreForgetsSession, Invariant::StoredFirst),
        (Self::ProxyEndsSessions, Invariant::EndedByServer),
        (Self::VerifiesEverything, Invariant::Validated),
        (Self::StoreForgetsResults, Invariant::CallbackOnce),
        (Self::UrlStays, Invariant::SecretsHidden),
        (Self::ErrorsTell, Invariant::SecretsHidden),
        (Self::ClocksStandStill, Invariant::NeverExpired),
        (Self::TimersRush, Invariant::NoStorm),
        (Self::TimersHang, Invariant::Settles),
        (Self::DigestPanics, Invariant::NoPanic),
        (Self::MessagesAreLost, Invariant::TabsAgree),
        (Self::RemoveForgets, Invariant::LoggedOutForGood),
        (Self::SilentLoginHidesUser, Invariant::SameUser),
        (Self::SilentLoginFindsNobody, Invariant::EndedByServer),
        (Self::LogoutUrlIsCut, Invariant::LogoutNamesSession),
    ];
}

//! The layer and the extractor over HTTP, with keys from an authorization server that is one too.

mod api;
mod availability;
mod dpop;
mod hostile;
mod issuer;
mod refusals;
mod step_up;

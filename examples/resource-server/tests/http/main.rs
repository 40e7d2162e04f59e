//! The API over HTTP, with tokens of an authorization server that is one too.

mod api;
// The one that the layer and the extractor are tested with.
#[path = "../../../../crates/portcullis-axum/tests/http/issuer.rs"]
mod issuer;
#[cfg(unix)]
mod program;

use gloo_net::http::{Request, Response};
use portcullis::{Config, Error, ErrorCode, LoginOptions, LogoutOptions, Secret};

use crate::auth::Cells;

/// What stands on a server where a page has its client: nobody is logged in.
#[derive(Clone, Copy)]
pub struct ClientOfPage;

#[allow(clippy::unused_async, clippy::unused_self, reason = "in a page they wait, and use it")]
impl ClientOfPage {
    pub fn start(_: Config, _: Cells) -> Self {
        Self
    }

    pub async fn fetch(self, _: Request) -> Result<Response, Error> {
        Err(ErrorCode::Unsupported.into())
    }

    pub async fn access_token(self) -> Result<Secret, Error> {
        Err(ErrorCode::Unsupported.into())
    }

    pub fn login(self, _: LoginOptions, _: bool, cells: Cells) {
        cells.tell_attempt(Some(ErrorCode::Unsupported.into()));
    }

    pub fn logout(self, _: LogoutOptions, cells: Cells) {
        cells.tell_attempt(Some(ErrorCode::Unsupported.into()));
    }
}

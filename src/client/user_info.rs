use super::Client;
use super::session::{AccessToken, TokenKey};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::json::Object;
use crate::protocol::token::TokenType;
use crate::protocol::userinfo::{self, UserInfo};

impl<H: Host> Client<H> {
    /// The claims of the UserInfo endpoint, about the user who is logged in.
    ///
    /// They come with an access token for no resource, as one for an API is not for UserInfo.
    /// `unsupported` where the server has no such endpoint.
    ///
    /// ```
    /// # use portcullis::{Error, client::Client, host::Host};
    /// # async fn show<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// let claims = client.user_info().await?;
    /// assert_eq!(claims.string("sub"), client.state().user().map(|user| user.sub()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn user_info(&self) -> Result<Object> {
        let inner = self.inner();
        let user = inner.state().user().cloned().ok_or(ErrorCode::NotAuthenticated)?;
        let metadata = inner.metadata().await?;
        let endpoint = metadata
            .userinfo_endpoint
            .as_deref()
            .ok_or_else(|| Error::new(ErrorCode::Unsupported).about("userinfo_endpoint"))?;
        let ask = async |token: AccessToken| -> Result<Object> {
            let mut request = userinfo::request(endpoint, &token.secret, token.token_type);
            let proves = token.token_type == TokenType::Dpop;
            let response = inner.send_once(&mut request, proves, Some(&token.secret)).await?;
            let expected = userinfo::Expected {
                sub: user.sub(),
                issuer: &inner.config.issuer,
                client_id: &inner.config.client_id,
                algorithms: &inner.config.signing_algorithms,
            };
            match userinfo::read_response(&response, &expected)? {
                UserInfo::Claims(claims) => Ok(claims),
                UserInfo::Signed(signed) => inner
                    .with_good_signature(signed)
                    .await
                    .map(|jws| jws.claims)
                    .map_err(|error| error.recoded(ErrorCode::UserinfoInvalid)),
            }
        };
        let mut force = false;
        loop {
            let token = self.token_of(TokenKey::default(), 0.0, force).await?;
            match ask(token).await {
                Err(error) if !force && error.status() == Some(401) => force = true,
                answer => return answer,
            }
        }
    }
}

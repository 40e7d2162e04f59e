use super::Client;
use super::callback::{Login, login_error};
use super::login::Page;
use super::session::Moment;
use super::state::User;
use crate::config::check_scope;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::device::{self, DeviceAuthorization, Poll};
use crate::protocol::id_token::Grant;
use crate::protocol::token::{self, TokenResponse};

/// What to show the user, who finishes the login on another device
/// ([RFC 8628 section 3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)).
///
/// ```
/// use portcullis::DevicePrompt;
///
/// # let prompt = DevicePrompt {
/// #     user_code: "WDJB-MJHT".to_owned(),
/// #     verification_uri: "https://example.com/device".to_owned(),
/// #     verification_uri_complete: None,
/// #     expires_at: 1_700_000_000_000.0,
/// # };
/// let DevicePrompt { user_code, verification_uri, .. } = prompt;
/// assert_eq!(
///     format!("Open {verification_uri} and enter {user_code}"),
///     "Open https://example.com/device and enter WDJB-MJHT"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DevicePrompt {
    /// What to type in.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// Where, with the code already in it, for a link or a QR code.
    pub verification_uri_complete: Option<String>,
    /// Until when, in milliseconds since the epoch.
    pub expires_at: f64,
}

impl<H: Host> Client<H> {
    /// Logs in by a code that the user types in elsewhere. Dropping the future gives up.
    ///
    /// `unsupported` where the server has no `device_authorization_endpoint`, `device_expired` when
    /// the user took too long, `access_denied` when the user said no, `invalid_config` for a scope
    /// without `openid`.
    ///
    /// ```
    /// # use portcullis::{DevicePrompt, Error, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// let show = |prompt: DevicePrompt| println!("enter {}", prompt.user_code);
    /// let user = client.login_with_device(None, show).await?;
    /// assert_eq!(client.state().user(), Some(&user));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_with_device(
        &self,
        scope: Option<&str>,
        on_prompt: impl FnOnce(DevicePrompt),
    ) -> Result<User> {
        let inner = self.inner();
        let scope = scope.unwrap_or(&inner.config.scope);
        check_scope(scope)?;
        let metadata = inner.metadata().await?;
        let endpoint = metadata.device_authorization_endpoint.as_deref();
        let endpoint = endpoint.ok_or_else(|| {
            Error::new(ErrorCode::Unsupported).about("device_authorization_endpoint")
        })?;
        inner.keys(false).await?;
        let is_bound = inner.dpop_jkt(&metadata, Page::Stays).await?.is_some();
        let config = &inner.config;
        let request = device::request(endpoint, &config.client_id, scope, &config.resource);
        let device = device::read_response(&inner.send(&request).await?)?;
        let until = Moment::now(&inner.host).after(device.expires_in * 1000.0);
        on_prompt(DevicePrompt {
            user_code: device.user_code.clone(),
            verification_uri: device.verification_uri.clone(),
            verification_uri_complete: device.verification_uri_complete.clone(),
            expires_at: until.wall,
        });
        let (tokens, asked_at) =
            self.poll(&metadata.token_endpoint, &device, until, is_bound).await?;
        let text = tokens.id_token.as_ref().ok_or(ErrorCode::IdTokenMissing)?;
        let came_with = [("at_hash", &tokens.access_token)];
        let claims = inner.validate_id_token(text, Grant::Device, &came_with).await?.claims;
        let resource = inner.config.resource.first().cloned();
        let login = Login { asked_at, scope, resource, is_bound, session_state: None };
        self.begin_session(login, tokens, claims).await?;
        inner.state().user().cloned().ok_or_else(|| ErrorCode::SessionEnded.into())
    }

    /// Asks for the tokens until the user has decided or the code has expired.
    async fn poll(
        &self,
        endpoint: &str,
        device: &DeviceAuthorization,
        until: Moment,
        proves: bool,
    ) -> Result<(TokenResponse, Moment)> {
        let inner = self.inner();
        let resource = inner.config.resource.first().map(String::as_str);
        let mut request =
            device::token_request(endpoint, &inner.config.client_id, &device.device_code, resource);
        let mut interval = device.interval;
        loop {
            inner.host.sleep(interval * 1000.0).await;
            if until.is_over(&inner.host) {
                return Err(ErrorCode::DeviceExpired.into());
            }
            let asked_at = Moment::now(&inner.host);
            let answer = match inner.send_once(&mut request, proves, None).await {
                Ok(response) => token::read_response(&response, inner.token_types(proves)),
                Err(error) => Err(error),
            };
            let error = match answer {
                Ok(tokens) => return Ok((tokens, asked_at)),
                Err(error) => error,
            };
            match device::after_error(&error) {
                Poll::Again => {}
                Poll::SlowDown => interval += device::INTERVAL,
                Poll::Stop => return Err(login_error(error)),
            }
        }
    }
}

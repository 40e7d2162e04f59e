//! Listening on the loopback addresses until told to stop.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use portcullis::verify::{ClientCredentials, ConfidentialClient, Introspection, Verifier};
use portcullis_axum::Protection;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::config::{ClientConfig, Config};
use crate::stock::StockService;
use crate::{api, issuer};

/// How long requests under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the API until SIGINT or SIGTERM.
///
/// It does not wait for the authorization server, which may start later.
pub async fn run(config: Config) -> Result<()> {
    if config.issuer.starts_with("https:") && !cfg!(feature = "tls") {
        bail!(
            "PORTCULLIS_ISSUER is at https, which needs this server to be built with --features tls"
        );
    }
    #[cfg(feature = "tls")]
    rustls::crypto::ring::default_provider().install_default().ok();
    let protection = Protection::new(verifier(&config)?, &config.api_origin);
    let stock = stock_service(&config)?;
    let listeners = listen(config.port).await?;
    let router = api::router(&protection, stock, config.origins);
    tracing::info!(issuer = config.issuer, audience = config.audience, "verifying access tokens");
    tracing::info!("listening on http://localhost:{}", config.port);

    let (stop, stopped) = watch::channel(());
    let mut servers = JoinSet::new();
    for listener in listeners {
        let (router, mut stopped) = (router.clone(), stopped.clone());
        let until_stopped = async move {
            // The error is that the sender is gone, which is how it says stop.
            let _ = stopped.changed().await;
        };
        servers.spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(until_stopped).await
        });
    }
    tokio::select! {
        signal = stop_signal() => signal.context("can't listen for signals")?,
        ended = servers.join_next() => bail!("the server stopped by itself: {ended:?}"),
    }
    tracing::info!("stopping");
    drop(stop);
    if timeout(GRACE, servers.join_all()).await.is_err() {
        tracing::warn!("gave up waiting for requests that are still under way");
    }
    Ok(())
}

fn verifier(config: &Config) -> Result<Verifier> {
    let mut builder = Verifier::builder(&config.issuer)
        .audience(&config.audience)
        .leeway(5)
        .fetch(issuer::fetch()?);
    if let Some(secret) = &config.dpop_nonce_secret {
        builder = builder.dpop_nonce_secret(secret.expose().as_bytes());
    }
    if let (Some(endpoint), Some(client)) = (&config.introspection_endpoint, &config.client) {
        let introspection = Introspection::new(endpoint, confidential(client))
            .context("PORTCULLIS_INTROSPECTION_ENDPOINT is not valid")?;
        builder = builder.introspection(introspection);
    }
    builder.build().context(
        "PORTCULLIS_ISSUER, PORTCULLIS_AUDIENCE or PORTCULLIS_DPOP_NONCE_SECRET is not valid",
    )
}

/// The service that the API calls, with a token for the API itself: the demo has both on one server.
fn stock_service(config: &Config) -> Result<Option<StockService>> {
    let (Some(endpoint), Some(client)) = (&config.token_endpoint, &config.client) else {
        return Ok(None);
    };
    let tokens = ClientCredentials::new(endpoint, confidential(client), issuer::fetch()?)
        .context("PORTCULLIS_TOKEN_ENDPOINT is not valid")?
        .resource(&config.audience);
    StockService::new(&config.stock_url, tokens).map(Some)
}

fn confidential(client: &ClientConfig) -> ConfidentialClient {
    ConfidentialClient::secret_basic(&client.client_id, client.client_secret.clone())
}

/// Listens on what `localhost` is, loopback addresses only.
async fn listen(port: u16) -> Result<Vec<TcpListener>> {
    let mut addresses: Vec<SocketAddr> = match lookup_host(("localhost", port)).await {
        Ok(found) => found.filter(|address| address.ip().is_loopback()).collect(),
        Err(_) => Vec::new(),
    };
    let ipv4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if !addresses.contains(&ipv4) {
        addresses.push(ipv4);
    }
    addresses.sort();
    addresses.dedup();
    let mut listeners = Vec::new();
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                bail!("Port {port} is taken; set PORTCULLIS_API_PORT to a free one.")
            }
            // A machine may name ::1 in its hosts and have no IPv6.
            Err(error) if address.is_ipv6() => tracing::debug!(%address, %error, "not listening"),
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("can't listen on port {port}; PORTCULLIS_API_PORT sets another")
                });
            }
        }
    }
    Ok(listeners)
}

#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

//! Listening on loopback until told to stop.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

use crate::app::App;
use crate::routes;

/// Serves the app until it is interrupted.
pub async fn run(app: App) -> Result<()> {
    let port = app.config.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.with_context(|| {
        format!("can't listen on port {port}; PORTCULLIS_WEB_APP_PORT sets another")
    })?;
    tracing::info!("listening on {}", app.config.origin);
    axum::serve(listener, routes::router(Arc::new(app)))
        .with_graceful_shutdown(stopped())
        .await
        .context("the server stopped by itself")
}

#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn stopped() {
    ctrl_c().await.ok();
}

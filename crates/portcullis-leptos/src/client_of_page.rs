use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::{Shared, abortable, pending};
use gloo_net::http::{Request, Response};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portcullis::{
    Client, Config, Error, ErrorCode, LoginOptions, LogoutOptions, Secret, Subscription,
};

use crate::auth::Cells;

type Outcome = Result<Client, Error>;

/// The client of a page, from before it has started on.
#[derive(Clone, Copy)]
pub struct ClientOfPage(StoredValue<Shared<oneshot::Receiver<Outcome>>, LocalStorage>);

impl ClientOfPage {
    /// Starts the client; it runs until the present owner is disposed of.
    pub fn start(config: Config, cells: Cells) -> Self {
        let (tell, told) = oneshot::channel();
        let (running, stop) = abortable(run(config, cells, tell));
        spawn_local(async move {
            // That it was stopped is no failure.
            let _ = running.await;
        });
        on_cleanup(move || stop.abort());
        Self(StoredValue::new_local(told.shared()))
    }

    pub async fn started(self) -> Outcome {
        let gone = || Error::new(ErrorCode::Aborted);
        let told = self.0.try_get_value().ok_or_else(gone)?;
        told.await.map_err(|_| gone())?
    }

    pub async fn fetch(self, request: Request) -> Result<Response, Error> {
        self.started().await?.fetch(request).await
    }

    pub async fn access_token(self) -> Result<Secret, Error> {
        self.started().await?.access_token().await
    }

    pub fn login(self, options: LoginOptions, is_asked: bool, failure: RwSignal<Option<Error>>) {
        attempt(failure, async move {
            let client = self.started().await?;
            if is_asked || client.may_login_unasked() {
                client.login_from_here(options).await?;
            }
            Ok(())
        });
    }

    pub fn logout(self, options: LogoutOptions, failure: RwSignal<Option<Error>>) {
        attempt(failure, async move { self.started().await?.logout(options).await });
    }
}

fn attempt(
    failure: RwSignal<Option<Error>>,
    action: impl Future<Output = Result<(), Error>> + 'static,
) {
    spawn_local(async move {
        // The page that asked may be gone.
        let _ = failure.try_set(action.await.err());
    });
}

/// A client while somebody listens to it.
struct Open(Client, #[expect(dead_code, reason = "it lives as long as this")] Subscription);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Runs a client until this is dropped.
async fn run(config: Config, cells: Cells, tell: oneshot::Sender<Outcome>) {
    let started = Client::start(config).await;
    match &started {
        Ok(client) => cells.tell(client.state()),
        Err(error) => {
            leptos::logging::error!("{error}");
            cells.failure.set(Some(error.clone()));
        }
    }
    let open = started.clone().ok().map(|client| {
        let subscription = client.subscribe(move |state| cells.tell(state.clone()));
        client.go_to_return_to();
        Open(client, subscription)
    });
    cells.has_started.set(true);
    // Nobody may have asked.
    let _ = tell.send(started);
    if open.is_some() {
        pending::<()>().await;
    }
}

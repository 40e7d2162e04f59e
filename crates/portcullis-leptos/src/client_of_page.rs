use std::future::poll_fn;
use std::task::{Poll, Waker};

use futures_util::future::{abortable, pending};
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
pub struct ClientOfPage(StoredValue<Start, LocalStorage>);

/// What came of starting a client, or who waits for that.
#[derive(Default)]
struct Start {
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

impl Start {
    fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}

/// Whoever waits is told that there is nothing to wait for.
impl Drop for Start {
    fn drop(&mut self) {
        self.wake();
    }
}

impl ClientOfPage {
    /// Starts the client; it runs until the present owner is disposed of.
    pub fn start(config: Config, cells: Cells) -> Self {
        let client = Self(StoredValue::new_local(Start::default()));
        let (running, stop) = abortable(client.run(config, cells));
        spawn_local(async move {
            // That it was stopped is no failure.
            let _ = running.await;
        });
        on_cleanup(move || stop.abort());
        client
    }

    /// Runs the client until this is dropped.
    async fn run(self, config: Config, cells: Cells) {
        let started = Client::start(config).await;
        match &started {
            Ok(client) => cells.tell(client.state()),
            Err(error) => {
                leptos::logging::error!("{error}");
                cells.tell_attempt(Some(error.clone()));
            }
        }
        let open = started.clone().ok().map(|client| {
            let subscription = client.subscribe(move |state| cells.tell(state.clone()));
            client.go_to_return_to();
            Open(client, subscription)
        });
        cells.tell_started();
        self.0.try_update_value(|start| {
            start.outcome = Some(started);
            start.wake();
        });
        if open.is_some() {
            pending::<()>().await;
        }
    }

    pub async fn started(self) -> Outcome {
        poll_fn(|context| {
            let outcome = self.0.try_update_value(|start| {
                if start.outcome.is_none() {
                    start.waiting.push(context.waker().clone());
                }
                start.outcome.clone()
            });
            match outcome {
                Some(Some(outcome)) => Poll::Ready(outcome),
                Some(None) => Poll::Pending,
                None => Poll::Ready(Err(ErrorCode::Aborted.into())),
            }
        })
        .await
    }

    pub async fn fetch(self, request: Request) -> Result<Response, Error> {
        self.started().await?.fetch(request).await
    }

    pub async fn access_token(self) -> Result<Secret, Error> {
        self.started().await?.access_token().await
    }

    pub fn login(self, options: LoginOptions, is_asked: bool, cells: Cells) {
        attempt(cells, async move {
            let client = self.started().await?;
            if is_asked || client.may_login_unasked() {
                client.login_from_here(options).await?;
            }
            Ok(())
        });
    }

    pub fn logout(self, options: LogoutOptions, cells: Cells) {
        attempt(cells, async move { self.started().await?.logout(options).await });
    }
}

fn attempt(cells: Cells, action: impl Future<Output = Result<(), Error>> + 'static) {
    spawn_local(async move { cells.tell_attempt(action.await.err()) });
}

/// A client while somebody listens to it.
struct Open(Client, #[expect(dead_code, reason = "it lives as long as this")] Subscription);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

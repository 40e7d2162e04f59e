//! The application in each page: it starts a client and calls it.

use std::rc::Rc;

use futures_util::FutureExt;
use portcullis::client::Client;
use portcullis::{CallbackResult, Error, Event, LoginOptions, LogoutOptions, Secret, TokenOptions};

use crate::host::{ApiRequest, Page};
use crate::world::World;

/// What an application calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    Start,
    AccessToken { is_final: bool },
    ForceRefresh,
    Fetch,
    Login,
    Logout { is_local: bool },
    HandleCallback(String),
}

impl World {
    /// Opens a page in a tab and starts its client.
    pub fn open(self: &Rc<Self>, tab: usize, url: &str) {
        let page = self.open_page(tab, url);
        self.note(Some(page), || format!("opens {url} in tab {tab}"));
        if self.is_asleep() {
            self.freeze(page);
        }
        self.start_client(page);
    }

    pub fn start_client(self: &Rc<Self>, page: usize) {
        let world = Rc::clone(self);
        let began_at = self.page(page).url.clone();
        let task = async move {
            if !world.page(page).is_alive {
                return;
            }
            let call = world.judge().called(&world, page, Call::Start);
            let config = world.plan.config(&world.server().keys_text());
            let client = {
                let mut page = world.page(page);
                page.clients += 1;
                page.clients
            };
            let host = Page { world: Rc::clone(&world), id: page, client };
            if world.chance(0.5) {
                host.go_ahead().await;
            }
            let started = Client::start(host, config).await;
            if !world.page(page).is_alive {
                return;
            }
            world.judge().settled(&world, call);
            let Ok(client) = started else { return };
            let listener = {
                let world = Rc::clone(&world);
                move |event: &Event| world.judge().heard(&world, page, event)
            };
            let subscription = client.subscribe(listener);
            if let Some(callback) = client.callback() {
                world.judge().handled(&world, page, &began_at, &callback);
            }
            world.judge().heard(&world, page, &Event::State(client.state()));
            let mut page = world.page(page);
            let old = page.client.replace(client);
            let old = (old, page.subscription.replace(subscription));
            drop(page);
            drop(old);
        };
        self.executor.spawn(page, task.boxed_local());
    }

    /// Has the application of a page call its client.
    pub fn call(self: &Rc<Self>, page: usize, call: Call) {
        let Some(client) = self.page(page).client.clone() else { return };
        self.note(Some(page), || format!("calls {call:?}"));
        self.judge().triggered(page, self.now());
        let started = self.page(page).clients;
        let world = Rc::clone(self);
        let task = async move {
            // An application does not call a client that it has closed.
            if !world.page(page).is_alive || world.page(page).clients != started {
                return;
            }
            let id = world.judge().called(&world, page, call.clone());
            match &call {
                Call::Start => {}
                Call::AccessToken { is_final } => {
                    let token = client.access_token(TokenOptions::new()).await;
                    world.got_token(page, id, token, *is_final);
                }
                Call::ForceRefresh => {
                    let options = TokenOptions::new().force_refresh(true);
                    world.got_token(page, id, client.access_token(options).await, false);
                }
                Call::Fetch => world.got_error(page, client.fetch(ApiRequest).await.err()),
                Call::Login => {
                    let error = client.login_with_redirect(LoginOptions::new()).await.err();
                    world.got_error(page, error);
                }
                Call::Logout { is_local } => {
                    let options = LogoutOptions::new().local(*is_local);
                    world.got_error(page, client.logout(options).await.err());
                }
                Call::HandleCallback(url) => {
                    let result = client.handle_redirect_callback(Some(url)).await;
                    let result = result.unwrap_or_else(|error| CallbackResult {
                        error: Some(error),
                        ..CallbackResult::default()
                    });
                    if world.page(page).is_alive {
                        world.judge().handled(&world, page, url, &result);
                    }
                }
            }
            if world.page(page).is_alive {
                world.judge().settled(&world, id);
            }
        };
        self.executor.spawn(page, task.boxed_local());
    }

    fn got_token(&self, page: usize, call: usize, token: Result<Secret, Error>, is_final: bool) {
        if !self.page(page).is_alive {
            return;
        }
        match token {
            Ok(token) => {
                self.note(Some(page), || format!("gets {}", token.expose()));
                self.judge().used(self, page, call, token.expose());
                if is_final {
                    self.judge().finally(page, Ok(()));
                }
            }
            Err(error) => {
                self.got_error(page, Some(error.clone()));
                self.judge().denied(self, page, call, &error);
                if is_final {
                    self.judge().finally(page, Err(error));
                }
            }
        }
    }

    fn got_error(&self, page: usize, error: Option<Error>) {
        if let Some(error) = error.filter(|_| self.page(page).is_alive) {
            self.note(Some(page), || format!("gets the error {error:?}"));
            self.judge().shown(self, page, &format!("{error:?}"));
        }
    }
}

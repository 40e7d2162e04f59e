//! Locks where the browser has none of its own.

use std::pin::pin;

use futures_util::future;
use portcullis::TokenOptions;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;
use crate::locks::waits;
use crate::patched::Patched;
use crate::scripted_tab::{CLIENT_ID, Freeze, REFRESH_TOKEN, ScriptedServer};

fn without_web_locks() -> Patched {
    Patched::get("Navigator.prototype.locks", "return undefined")
}

/// Lets time pass for those who look at this clock.
fn ahead(clock: &'static str, milliseconds: f64) -> Patched {
    Patched::method(clock, &format!("return original.call(this) + {milliseconds}"))
}

/// A lease as a tab left it that is no more.
async fn left_behind(name: &str, lapses_in: f64) -> Browser {
    let browser = Browser::new().unwrap();
    let expiry = (browser.wall_clock() + lapses_in).floor();
    browser.store(&format!("lease {name}"), &format!("nobody {expiry}")).await.unwrap();
    browser
}

#[wasm_bindgen_test]
async fn a_lease_is_had_by_one_at_a_time() {
    let _no_locks = without_web_locks();
    let (here, there) = (Browser::new().unwrap(), Browser::new().unwrap());
    let held = here.lock("lease one").await.unwrap();
    assert!(here.holds(&held).await);
    let mut second = pin!(there.lock("lease one"));
    let mut third = pin!(here.lock("lease one"));
    assert!(waits(&here, second.as_mut()).await);
    assert!(waits(&here, third.as_mut()).await);
    assert!(there.lock("lease another").await.is_ok(), "another name has another lease");

    drop(held);
    let held = second.await.unwrap();
    assert!(waits(&here, third.as_mut()).await);
    drop(held);
    assert!(third.await.is_ok());
    eventually("nothing is left of it", async || {
        here.keys("lease ").await.unwrap().iter().all(|key| !key.ends_with("lease one"))
    })
    .await;
}

#[wasm_bindgen_test]
async fn whoever_gives_up_waiting_for_a_lease_leaves_it_to_the_next() {
    let _no_locks = without_web_locks();
    let (here, there) = (Browser::new().unwrap(), Browser::new().unwrap());
    let held = here.lock("lease given up").await.unwrap();
    {
        let mut given_up = pin!(there.lock("lease given up"));
        assert!(waits(&here, given_up.as_mut()).await);
    }
    let mut next = pin!(there.lock("lease given up"));
    assert!(waits(&here, next.as_mut()).await);
    drop(held);
    assert!(next.await.is_ok());
}

#[wasm_bindgen_test]
async fn a_lease_is_renewed_while_it_is_held() {
    let _no_locks = without_web_locks();
    let browser = Browser::new().unwrap();
    let held = browser.lock("lease renewed").await.unwrap();
    let first = browser.load("lease lease renewed").await.unwrap();
    eventually("it is renewed", async || {
        browser.load("lease lease renewed").await.unwrap() != first
    })
    .await;
    assert!(browser.holds(&held).await);
}

#[wasm_bindgen_test]
async fn the_lease_of_a_tab_that_died_is_taken_over_when_it_was_not_renewed_for_its_time() {
    let _no_locks = without_web_locks();
    let browser = left_behind("died", 29_000.0).await;
    let mut waiting = pin!(browser.lock("died"));
    assert!(waits(&browser, waiting.as_mut()).await);
    {
        let _not_yet = ahead("Performance.prototype.now", 25_000.0);
        assert!(waits_long(&browser, waiting.as_mut()).await);
    }
    let _later = ahead("Performance.prototype.now", 31_000.0);
    let lock = waiting.await.unwrap();
    assert!(browser.holds(&lock).await);
}

#[wasm_bindgen_test]
async fn no_lease_is_taken_over_at_once_because_the_wall_clock_jumped() {
    let _no_locks = without_web_locks();
    for lapses_in in [-86_400_000.0, 86_400_000.0] {
        let browser = left_behind("jumped", lapses_in).await;
        let mut waiting = pin!(browser.lock("jumped"));
        assert!(waits_long(&browser, waiting.as_mut()).await, "its holder may renew it");
        let _later = ahead("Performance.prototype.now", 5_000.0);
        drop(waiting.await.unwrap());
    }
}

/// Whether a future still waits after a lease was looked at again.
async fn waits_long(browser: &Browser, future: impl Future + Unpin) -> bool {
    matches!(future::select(future, pin!(browser.sleep(1_200.0))).await, future::Either::Right(_))
}

#[wasm_bindgen_test]
async fn a_lease_that_another_tab_took_over_is_neither_renewed_nor_released() {
    let _no_locks = without_web_locks();
    let (frozen, next) = (Browser::new().unwrap(), Browser::new().unwrap());
    let lost = frozen.lock("lost").await.unwrap();
    frozen.remove("lease lost").await.unwrap();
    let held = next.lock("lost").await.unwrap();
    assert!(!frozen.holds(&lost).await);
    drop(lost);
    assert!(waits_long(&frozen, pin!(frozen.lock("lost"))).await);
    assert!(next.holds(&held).await);
}

#[wasm_bindgen_test]
async fn without_any_store_a_tab_still_takes_turns_with_itself() {
    let _no_locks = without_web_locks();
    let _no_store = Patched::get("indexedDB", "return undefined");
    let browser = Browser::new().unwrap();
    let held = browser.lock("alone").await.unwrap();
    let mut second = pin!(browser.lock("alone"));
    assert!(waits(&browser, second.as_mut()).await);
    drop(held);
    assert!(second.await.is_ok());
}

#[wasm_bindgen_test]
async fn tabs_without_web_locks_send_a_refresh_token_once() {
    let _no_locks = without_web_locks();
    let server = ScriptedServer::new("leased-refresh").await;
    let tabs = [server.client().await, server.client().await, server.client().await];
    server.log_in(&tabs[0]).await;
    for tab in &tabs {
        eventually("every tab is logged in", async || tab.state().user().is_some()).await;
        tab.access_token(TokenOptions::new()).await.unwrap();
    }
    assert_eq!(server.token_requests.borrow().len(), 1, "one tab gives the others its token");
    future::join_all(tabs.iter().map(portcullis::client::Client::refresh)).await;
    let used = server.refresh_tokens();
    assert!(used.iter().enumerate().all(|(index, token)| !used[..index].contains(token)));
    let token = tabs[0].access_token(TokenOptions::new()).await.unwrap();
    for tab in &tabs {
        eventually("all have the same", async || {
            tab.access_token(TokenOptions::new()).await.unwrap() == token
        })
        .await;
        tab.close();
    }
}

/// Takes the lease of a session away from whoever holds it, as time does from a frozen tab.
async fn lapse(server: &ScriptedServer) {
    let browser = Browser::new().unwrap();
    let key = format!("lease portcullis session {} {CLIENT_ID}", server.issuer);
    assert!(browser.load(&key).await.unwrap().is_some());
    browser.remove(&key).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_tab_that_was_frozen_with_the_answer_writes_over_nothing_newer() {
    let _no_locks = without_web_locks();
    let server = ScriptedServer::new("frozen-with-answer").await;
    let (frozen, other) = (server.client().await, server.client().await);
    server.log_in(&frozen).await;
    eventually("both are logged in", async || other.state().user().is_some()).await;
    other.access_token(TokenOptions::new()).await.unwrap();

    let (is_frozen, thaw) = server.freeze_next(Freeze::Answer);
    let refresh = async {
        frozen.refresh().await.unwrap();
    };
    let meanwhile = async {
        is_frozen.await.unwrap();
        lapse(&server).await;
        other.refresh().await.unwrap();
        thaw.send(()).unwrap();
    };
    future::join(refresh, meanwhile).await;
    assert!(frozen.state().user().is_some() && other.state().user().is_some());
    // The answers were the second and the third; that of the frozen tab came first.
    let next_page = server.client().await;
    next_page.access_token(TokenOptions::new()).await.unwrap();
    next_page.refresh().await.unwrap();
    let sent = server.refresh_tokens();
    assert_eq!(sent.last().unwrap(), &format!("{REFRESH_TOKEN}3"), "{sent:?}");
    for tab in [frozen, other, next_page] {
        tab.close();
    }
}

#[wasm_bindgen_test]
async fn a_tab_that_was_frozen_before_it_sent_the_refresh_token_does_not_send_it() {
    let _no_locks = without_web_locks();
    let server = ScriptedServer::new("frozen-before-sending").await;
    let (frozen, other) = (server.client().await, server.client().await);
    server.log_in(&frozen).await;
    eventually("both are logged in", async || other.state().user().is_some()).await;
    other.access_token(TokenOptions::new()).await.unwrap();

    let (is_frozen, thaw) = server.freeze_next(Freeze::VaultRead);
    let refresh = async {
        frozen.refresh().await.unwrap();
    };
    let meanwhile = async {
        is_frozen.await.unwrap();
        lapse(&server).await;
        other.refresh().await.unwrap();
        thaw.send(()).unwrap();
    };
    future::join(refresh, meanwhile).await;
    assert_eq!(server.refresh_tokens()[0], format!("{REFRESH_TOKEN}1"));
    let used = server.refresh_tokens();
    assert!(used.iter().enumerate().all(|(index, token)| !used[..index].contains(token)));
    for tab in [frozen, other] {
        tab.close();
    }
}

#[wasm_bindgen_test]
async fn a_tab_that_was_frozen_with_the_answer_brings_no_ended_session_back() {
    let _no_locks = without_web_locks();
    let server = ScriptedServer::new("frozen-while-ended").await;
    let frozen = server.client().await;
    server.log_in(&frozen).await;
    let (is_frozen, thaw) = server.freeze_next(Freeze::Answer);
    let meanwhile = async {
        is_frozen.await.unwrap();
        crate::indexed_db::forget_everything().await;
        thaw.send(()).unwrap();
    };
    let (refreshed, ()) = future::join(frozen.refresh(), meanwhile).await;
    assert!(refreshed.is_err());
    assert!(frozen.state().user().is_none());
    let next_page = server.client().await;
    assert!(next_page.state().user().is_none());
    frozen.close();
    next_page.close();
}

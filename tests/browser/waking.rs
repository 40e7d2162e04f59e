//! A device that slept, and clocks that are moved while a page is open.

use std::rc::Rc;

use futures_util::future::join_all;
use portcullis::TokenOptions;
use portcullis::browser::Browser;
use portcullis::client::Client;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

use crate::eventually::eventually;
use crate::patched::Patched;
use crate::scripted_tab::{ACCESS_TOKEN, ScriptedServer, ScriptedTab};

const HOUR: f64 = 3_600_000.0;
/// More than a client waits at least between two refreshes, in milliseconds.
const A_WHILE: f64 = 1_500.0;

fn wall_clock_ahead_by(milliseconds: f64) -> Patched {
    Patched::method("Date.now", &format!("return original.call(this) + {milliseconds}"))
}

fn monotonic_clock_ahead_by(milliseconds: f64) -> Patched {
    let body = format!("return original.call(this) + {milliseconds}");
    Patched::method("Performance.prototype.now", &body)
}

/// Gives tabs as long as they need to hand a token over, also where a busy machine holds them back.
fn time_to_hand_over() -> Patched {
    let body = "if (args[1] === 300) args[1] = 60_000; return original.apply(this, args)";
    Patched::method("setTimeout", body)
}

/// All that a browser tells a page when the device wakes.
fn wake_up() {
    let window = web_sys::window().unwrap();
    let document = window.document().unwrap();
    for event in ["online", "pageshow"] {
        window.dispatch_event(&Event::new(event).unwrap()).unwrap();
    }
    document.dispatch_event(&Event::new("visibilitychange").unwrap()).unwrap();
}

async fn token_of(client: &Client<ScriptedTab>) -> String {
    client.access_token(TokenOptions::new()).await.unwrap().expose().to_owned()
}

/// How many token requests there are once a loop would have sent more.
async fn requests_after_a_while(server: &Rc<ScriptedServer>) -> usize {
    Browser::new().unwrap().sleep(A_WHILE).await;
    server.token_requests.borrow().len()
}

#[wasm_bindgen_test]
async fn tabs_that_wake_after_a_night_send_one_refresh_and_share_its_token() {
    let _patient = time_to_hand_over();
    let server = ScriptedServer::new("night").await;
    let tabs = [server.client().await, server.client().await, server.client().await];
    server.log_in(&tabs[0]).await;
    for tab in &tabs {
        eventually("every tab is logged in", async || tab.state().user().is_some()).await;
        assert_eq!(token_of(tab).await, format!("{ACCESS_TOKEN}1"));
    }
    let _morning = (wall_clock_ahead_by(8.0 * HOUR), monotonic_clock_ahead_by(8.0 * HOUR));
    wake_up();
    let tokens = join_all(tabs.iter().map(token_of)).await;
    assert_eq!(tokens, [(); 3].map(|()| format!("{ACCESS_TOKEN}2")));
    assert_eq!(requests_after_a_while(&server).await, 2, "the login and one refresh");
    for tab in tabs {
        tab.close();
    }
}

#[wasm_bindgen_test]
async fn a_night_in_which_the_monotonic_clock_stood_still_is_one_too() {
    let server = ScriptedServer::new("still-night").await;
    let client = server.client().await;
    server.log_in(&client).await;
    let _morning = wall_clock_ahead_by(8.0 * HOUR);
    assert_eq!(token_of(&client).await, format!("{ACCESS_TOKEN}2"));
    assert_eq!(requests_after_a_while(&server).await, 2);
    client.close();
}

#[wasm_bindgen_test]
async fn a_wall_clock_that_is_moved_and_moved_back_costs_one_refresh_at_most() {
    for (name, hours, refreshes) in [("ahead", 2.0, 1), ("behind", -2.0, 0)] {
        let server = ScriptedServer::new(&format!("two-hours-{name}")).await;
        let client = server.client().await;
        server.log_in(&client).await;
        let token = format!("{ACCESS_TOKEN}{}", 1 + refreshes);
        {
            let _moved = wall_clock_ahead_by(hours * HOUR);
            wake_up();
            assert_eq!(token_of(&client).await, token, "{name}");
            assert_eq!(requests_after_a_while(&server).await, 1 + refreshes, "{name}");
        }
        wake_up();
        assert_eq!(token_of(&client).await, token, "{name}, and back");
        assert_eq!(requests_after_a_while(&server).await, 1 + refreshes, "{name}, and back");
        client.close();
    }
}

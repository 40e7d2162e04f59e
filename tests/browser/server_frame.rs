use std::cell::Cell;
use std::rc::Rc;

use futures_util::FutureExt;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::session_management::SessionStatus;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, Window};

use crate::eventually::eventually;

fn window() -> Window {
    web_sys::window().unwrap()
}

fn frames() -> u32 {
    window().length()
}

/// The URL of a page that does this with each message `data`.
fn page(answer: &str) -> String {
    let script = format!(
        "URL.createObjectURL(new Blob(['<script>onmessage = ({{ data, source }}) => {{ {answer} }}<\\/script>'],
            {{ type: 'text/html' }}))"
    );
    js_sys::eval(&script).unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn a_frame_is_asked_as_often_as_one_likes_and_leaves_the_page_when_it_is_dropped() {
    let browser = Browser::new().unwrap();
    let before = frames();
    let frame = browser.open_server_frame(&page("source.postMessage(data, \"*\")")).await.unwrap();
    assert_eq!(frames(), before + 1);
    for (message, status) in [
        ("unchanged", SessionStatus::Unchanged),
        ("changed", SessionStatus::Changed),
        ("error", SessionStatus::Error),
    ] {
        assert_eq!(browser.ask_server_frame(&frame, message).await.unwrap(), status);
    }
    drop(frame);
    assert_eq!(frames(), before);
}

#[wasm_bindgen_test]
async fn what_is_no_answer_is_not_heard() {
    let browser = Browser::new().unwrap();
    let answer = "for (const each of [{}, 7, \"Changed\", data]) source.postMessage(each, \"*\")";
    let frame = browser.open_server_frame(&page(answer)).await.unwrap();
    let status = browser.ask_server_frame(&frame, "unchanged").await.unwrap();
    assert_eq!(status, SessionStatus::Unchanged);
}

#[wasm_bindgen_test]
async fn a_hidden_page_is_waited_for_until_it_is_seen() {
    let browser = Rc::new(Browser::new().unwrap());
    browser.until_visible().await;
    let hide = "Object.defineProperty(document, 'hidden', { configurable: true, value: true })";
    js_sys::eval(hide).unwrap();
    let is_seen = Rc::new(Cell::new(false));
    let (waiting, seen) = (Rc::clone(&browser), Rc::clone(&is_seen));
    let wait = async move {
        waiting.until_visible().await;
        seen.set(true);
    };
    browser.spawn(wait.boxed_local());
    let tell = || {
        let document = window().document().unwrap();
        document.dispatch_event(&Event::new("visibilitychange").unwrap()).unwrap();
    };
    browser.sleep(0.0).await;
    tell();
    browser.sleep(0.0).await;
    assert!(!is_seen.get());
    js_sys::eval("delete document.hidden").unwrap();
    tell();
    eventually("the page is seen", async || is_seen.get()).await;
}

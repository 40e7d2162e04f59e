use std::cell::Cell;
use std::rc::Rc;

use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, History, Window};

fn window() -> Window {
    web_sys::window().unwrap()
}

fn history() -> History {
    window().history().unwrap()
}

fn origin() -> String {
    window().location().origin().unwrap()
}

#[wasm_bindgen_test]
fn a_url_is_resolved_against_the_page() {
    let browser = Browser::new().unwrap();
    let resolved = |url: &str| browser.resolve(url);
    assert_eq!(resolved("/callback"), Some(format!("{}/callback", origin())));
    assert_eq!(resolved("/a/../b?c#d"), Some(format!("{}/b?c#d", origin())));
    assert_eq!(resolved("https://AS.example"), Some("https://as.example/".to_owned()));
    assert_eq!(resolved("//as.example/x").unwrap(), "http://as.example/x");
    for no_url in ["http://[", "https://", "http://localhost:99999/"] {
        assert_eq!(resolved(no_url), None, "{no_url}");
    }
}

#[wasm_bindgen_test]
fn the_url_is_replaced_without_a_trace_and_the_page_keeps_its_history_state() {
    let browser = Browser::new().unwrap();
    let before = browser.url();
    history().push_state_with_url(&"kept".into(), "", Some("/?code=secret")).unwrap();
    let entries = history().length().unwrap();
    assert!(browser.url().ends_with("/?code=secret"));

    browser.replace_url(&format!("{}/clean", origin()));
    assert_eq!(browser.url(), format!("{}/clean", origin()));
    assert_eq!(history().length().unwrap(), entries);
    assert_eq!(history().state().unwrap().as_string().as_deref(), Some("kept"));

    browser.replace_url("https://another.example/");
    assert_eq!(browser.url(), format!("{}/clean", origin()), "only its own origin's");
    history().replace_state_with_url(&JsValue::NULL, "", Some(&before)).unwrap();
}

#[wasm_bindgen_test]
fn the_client_is_woken_when_the_network_or_the_page_comes_back_until_it_is_closed() {
    let browser = Browser::new().unwrap();
    let woken = Rc::new(Cell::new(0));
    let wake = Rc::clone(&woken);
    browser.on_wake(Box::new(move || wake.set(wake.get() + 1)));
    let happen = |name: &str| {
        let event = Event::new(name).unwrap();
        if name == "visibilitychange" {
            window().document().unwrap().dispatch_event(&event).unwrap();
        } else {
            window().dispatch_event(&event).unwrap();
        }
    };
    let events = ["online", "pageshow", "visibilitychange"];
    for (count, event) in (1..).zip(events) {
        happen(event);
        assert_eq!(woken.get(), count, "{event}");
    }
    browser.close();
    for event in events {
        happen(event);
    }
    assert_eq!(woken.get(), 3);
}

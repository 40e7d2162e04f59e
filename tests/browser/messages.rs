use std::cell::RefCell;
use std::rc::Rc;

use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::BroadcastChannel;

use crate::eventually::eventually;

/// A tab that listens on a channel, and what it has heard.
fn listening(channel: &str) -> (Browser, Rc<RefCell<Vec<String>>>) {
    let browser = Browser::new().unwrap();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = Rc::clone(&heard);
    browser.on_message(channel, Box::new(move |message| hear.borrow_mut().push(message)));
    (browser, heard)
}

#[wasm_bindgen_test]
async fn a_message_reaches_every_other_tab_on_its_channel() {
    let (speaker, by_speaker) = listening("channel");
    let (_second, by_second) = listening("channel");
    let (_third, by_third) = listening("channel");
    let (_elsewhere, by_elsewhere) = listening("another channel");
    speaker.broadcast("channel", "one");
    speaker.broadcast("channel", "two");
    eventually("both messages are heard by both", async || {
        by_second.borrow().len() == 2 && by_third.borrow().len() == 2
    })
    .await;
    assert_eq!(*by_second.borrow(), ["one", "two"]);
    assert_eq!(*by_third.borrow(), ["one", "two"]);
    assert!(by_speaker.borrow().is_empty());
    assert!(by_elsewhere.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn what_is_no_text_is_not_heard() {
    let (_browser, heard) = listening("channel of anything");
    let page = BroadcastChannel::new("channel of anything").unwrap();
    for message in [JsValue::NULL, 7.into(), js_sys::Object::new().into(), "text".into()] {
        page.post_message(&message).unwrap();
    }
    eventually("the text is heard", async || !heard.borrow().is_empty()).await;
    assert_eq!(*heard.borrow(), ["text"]);
    page.close();
}

#[wasm_bindgen_test]
async fn after_closing_nothing_is_heard_and_last_words_are_said() {
    let (closed, by_closed) = listening("closed channel");
    let (open, by_open) = listening("closed channel");
    let (_witness, by_witness) = listening("closed channel");
    closed.close();
    closed.broadcast("closed channel", "last words");
    open.broadcast("closed channel", "after it");
    eventually("the witness hears both", async || by_witness.borrow().len() == 2).await;
    assert_eq!(*by_witness.borrow(), ["last words", "after it"]);
    assert!(by_closed.borrow().is_empty());
    assert_eq!(*by_open.borrow(), ["last words"]);
}

use std::future::Future;
use std::pin::pin;

use futures_util::future::{self, Either};
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;

/// Whether a future still waits after a while. It has begun by then.
pub async fn waits(browser: &Browser, future: impl Future + Unpin) -> bool {
    matches!(future::select(future, pin!(browser.sleep(50.0))).await, Either::Right(_))
}

#[wasm_bindgen_test]
async fn the_lock_of_a_name_is_had_by_one_at_a_time() {
    let (here, there) = (Browser::new().unwrap(), Browser::new().unwrap());
    let held = here.lock("lock one").await.unwrap();
    let mut second = pin!(there.lock("lock one"));
    assert!(waits(&here, second.as_mut()).await);
    assert!(there.lock("lock another").await.is_ok(), "another name has another lock");

    drop(held);
    let held = second.await.unwrap();
    let mut third = pin!(here.lock("lock one"));
    assert!(waits(&here, third.as_mut()).await);
    drop(held);
    assert!(third.await.is_ok());
}

#[wasm_bindgen_test]
async fn locks_are_granted_in_the_order_they_were_asked_for() {
    let browser = Browser::new().unwrap();
    let held = browser.lock("lock queue").await.unwrap();
    let granted = std::cell::RefCell::new(Vec::new());
    let ask = async |number: u32| {
        let _lock = browser.lock("lock queue").await.unwrap();
        granted.borrow_mut().push(number);
    };
    let all = future::join3(ask(1), ask(2), ask(3));
    future::join(all, async { drop(held) }).await;
    assert_eq!(*granted.borrow(), [1, 2, 3]);
}

#[wasm_bindgen_test]
async fn whoever_gives_up_waiting_for_a_lock_leaves_it_to_the_next() {
    let browser = Browser::new().unwrap();
    let held = browser.lock("lock given up").await.unwrap();
    {
        let mut given_up = pin!(browser.lock("lock given up"));
        assert!(waits(&browser, given_up.as_mut()).await);
    }
    let mut next = pin!(browser.lock("lock given up"));
    assert!(waits(&browser, next.as_mut()).await);
    drop(held);
    assert!(next.await.is_ok());
}

#[wasm_bindgen_test]
async fn tabs_are_present_together_and_counted() {
    let (here, there) = (Browser::new().unwrap(), Browser::new().unwrap());
    assert!(!here.others_present("tab").await);
    let _present = here.be_present("tab").await.unwrap();
    assert!(!here.others_present("tab").await, "this tab alone is no other");

    let other = there.be_present("tab").await.unwrap();
    assert!(here.others_present("tab").await);
    assert!(!here.others_present("another tab").await);

    drop(other);
    eventually("the other tab is gone", async || !here.others_present("tab").await).await;
}

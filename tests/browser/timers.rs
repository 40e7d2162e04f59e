use std::cell::RefCell;
use std::pin::pin;

use futures_util::future::{self, Either};
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn sleepers_wake_in_order_and_not_too_early() {
    let browser = Browser::new().unwrap();
    let woken = RefCell::new(Vec::new());
    let sleeper = async |milliseconds: f64| {
        let began = browser.monotonic_clock();
        browser.sleep(milliseconds).await;
        // Browsers round what their clocks say.
        assert!(browser.monotonic_clock() - began >= milliseconds - 2.0);
        woken.borrow_mut().push(milliseconds);
    };
    future::join3(sleeper(120.0), sleeper(20.0), sleeper(70.0)).await;
    assert_eq!(*woken.borrow(), [20.0, 70.0, 120.0]);
}

#[wasm_bindgen_test]
async fn no_time_at_all_is_slept_at_once() {
    let browser = Browser::new().unwrap();
    for milliseconds in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN] {
        let nap = pin!(browser.sleep(milliseconds));
        let limit = pin!(browser.sleep(2_000.0));
        assert!(matches!(future::select(nap, limit).await, Either::Left(_)), "{milliseconds}");
    }
}

#[wasm_bindgen_test]
async fn a_time_longer_than_any_timer_is_not_slept_at_once() {
    let browser = Browser::new().unwrap();
    for milliseconds in [f64::from(i32::MAX) + 1.0, 1e300, f64::INFINITY] {
        let ages = pin!(browser.sleep(milliseconds));
        let limit = pin!(browser.sleep(50.0));
        assert!(matches!(future::select(ages, limit).await, Either::Right(_)), "{milliseconds}");
    }
}

#[wasm_bindgen_test]
async fn a_sleep_may_be_given_up() {
    let browser = Browser::new().unwrap();
    let woken = RefCell::new(false);
    {
        let sleeper = pin!(async {
            browser.sleep(50.0).await;
            *woken.borrow_mut() = true;
        });
        future::select(sleeper, pin!(browser.sleep(10.0))).await;
    }
    browser.sleep(100.0).await;
    assert!(!*woken.borrow());
}

#[wasm_bindgen_test]
async fn the_clocks_run() {
    let browser = Browser::new().unwrap();
    let (wall, monotonic) = (browser.wall_clock(), browser.monotonic_clock());
    assert!(wall > 1_700_000_000_000.0, "milliseconds since the epoch");
    browser.sleep(30.0).await;
    assert!(browser.wall_clock() > wall);
    assert!(browser.monotonic_clock() > monotonic);
}

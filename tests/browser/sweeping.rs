use std::rc::Rc;

use js_sys::Reflect;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::{ErrorCode, LoginOptions};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;
use crate::patched::Patched;
use crate::scripted_tab::ScriptedServer;

const MINUTE: u32 = 60_000;

/// A clock that goes ahead of the right one.
fn clock_ahead_by(milliseconds: u32) -> Patched {
    Patched::method("Date.now", &format!("return original.call(this) + {milliseconds}"))
}

fn transactions_begun() -> f64 {
    Reflect::get(&js_sys::global(), &"begun".into()).unwrap().as_f64().unwrap_or_default()
}

/// Begins so many logins that nobody finishes.
async fn abandon_logins(server: &Rc<ScriptedServer>, how_many: usize) {
    let client = server.client().await;
    for _ in 0..how_many {
        client.login_with_redirect(LoginOptions::new()).await.unwrap();
    }
    client.close();
}

async fn kept(server: &ScriptedServer) -> usize {
    let prefix = format!("transaction {} ", server.issuer);
    let browser = Browser::new().unwrap();
    browser.in_tab(&prefix).len() + browser.keys(&prefix).await.map_or(0, |keys| keys.len())
}

#[wasm_bindgen_test]
async fn a_thousand_abandoned_logins_leave_nothing_behind_after_their_ten_minutes() {
    let server = ScriptedServer::new("abandoned").await;
    abandon_logins(&server, 1_000).await;
    assert_eq!(kept(&server).await, 1_000);
    {
        let _nine_minutes_later = clock_ahead_by(9 * MINUTE);
        let client = server.client().await;
        client.login_with_redirect(LoginOptions::new()).await.unwrap();
        assert_eq!(kept(&server).await, 1_001, "until then a user may come back");
        client.close();
    }
    let _ten_minutes_later = clock_ahead_by(20 * MINUTE);
    let count = "globalThis.begun = (globalThis.begun ?? 0) + 1; return original.apply(this, args)";
    let _counted = Patched::method("IDBDatabase.prototype.transaction", count);
    let before = transactions_begun();
    let client = server.client().await;
    eventually("all are swept", async || kept(&server).await == 0).await;
    let begun = transactions_begun() - before;
    assert!(begun < 500.0, "they are not removed one by one, in {begun} transactions");
    client.close();
}

#[wasm_bindgen_test]
async fn logins_that_a_tab_alone_kept_are_swept_too() {
    let _blocked = Patched::get("indexedDB", "return undefined");
    let server = ScriptedServer::new("abandoned-in-tab").await;
    abandon_logins(&server, 20).await;
    assert_eq!(kept(&server).await, 20);
    let _later = clock_ahead_by(11 * MINUTE);
    let client = server.client().await;
    eventually("all are swept", async || kept(&server).await == 0).await;
    client.close();
}

#[wasm_bindgen_test]
async fn a_login_that_a_tab_alone_kept_expires() {
    let _blocked = Patched::get("indexedDB", "return undefined");
    let server = ScriptedServer::new("expired-in-tab").await;
    let client = server.client().await;
    let url = server.callback_url(&client).await;
    let _later = clock_ahead_by(11 * MINUTE);
    let error = client.handle_redirect_callback(Some(&url)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::TransactionExpired);
    assert_eq!(kept(&server).await, 0);
    client.close();
}

//! The host that ships, and the client over it, in a page of a real browser.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod claims;
mod cleared;
mod digests;
mod eventually;
mod indexed_db;
mod key_pairs;
mod leases;
mod locks;
mod login;
mod logout;
mod messages;
mod page;
mod patched;
mod randomness;
mod rejected_callback;
mod requests;
mod scripted_tab;
mod sealing;
mod server_frame;
mod signatures;
mod signing_key;
mod start;
mod storage_trouble;
mod store;
mod sweeping;
mod timers;
mod waking;

wasm_bindgen_test_configure!(run_in_browser);

//! Which session a logout tells the server that it ends.

use std::rc::Rc;

use futures_util::future::join;
use portcullis::LogoutOptions;
use portcullis::client::Client;
use portcullis::protocol::form::{self, Parameters};
use portcullis::protocol::json::Json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

use crate::scripted_tab::{ScriptedServer, ScriptedTab, metadata};

/// A client of a server that logs out as well, in which somebody is logged in.
async fn logged_in(server: &Rc<ScriptedServer>) -> Client<ScriptedTab> {
    let mut metadata = metadata(&server.issuer);
    let endpoint = format!("{}/logout", server.issuer);
    metadata.set("end_session_endpoint", Json::from(endpoint.as_str()));
    let client = server.client_with(server.config().metadata(metadata)).await;
    server.log_in(&client).await;
    client
}

/// The `id_token_hint` with which the tab was sent to log out.
fn hint(server: &ScriptedServer) -> Option<String> {
    let sent_to = server.sent_to.take();
    let (query, _) = form::query_and_fragment(&sent_to);
    assert!(sent_to.starts_with(&format!("{}/logout?", server.issuer)), "{sent_to}");
    Parameters::parse(query).get("id_token_hint").unwrap().map(str::to_owned)
}

fn leave_page() {
    let window = web_sys::window().unwrap();
    window.dispatch_event(&Event::new("pagehide").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn a_logout_names_its_session_until_the_page_is_left_for_it() {
    let server = ScriptedServer::new("named-session").await;
    let client = logged_in(&server).await;
    let id_token = Some(server.id_token.borrow().clone());
    leave_page();
    for click in ["first", "second", "third"] {
        client.logout(LogoutOptions::new()).await.unwrap();
        assert_eq!(hint(&server), id_token, "{click}");
    }
    leave_page();
    client.logout(LogoutOptions::new()).await.unwrap();
    assert_eq!(hint(&server), None, "a page that is shown again");
    client.close();
}

#[wasm_bindgen_test]
async fn after_a_local_logout_nothing_is_known_of_its_session() {
    let server = ScriptedServer::new("local-logout").await;
    let client = logged_in(&server).await;
    client.logout(LogoutOptions::new().local(true)).await.unwrap();
    client.logout(LogoutOptions::new()).await.unwrap();
    assert_eq!(hint(&server), None);
    client.close();
}

#[wasm_bindgen_test]
async fn a_logout_that_is_called_during_a_local_one_names_the_session() {
    let server = ScriptedServer::new("overtaken-logout").await;
    let client = logged_in(&server).await;
    let id_token = Some(server.id_token.borrow().clone());
    let local = client.logout(LogoutOptions::new().local(true));
    let (local, whole) = join(local, client.logout(LogoutOptions::new())).await;
    assert_eq!((local, whole), (Ok(()), Ok(())));
    assert_eq!(hint(&server), id_token);
    client.close();
}

#[wasm_bindgen_test]
async fn a_login_during_a_local_logout_is_what_the_next_logout_names() {
    let server = ScriptedServer::new("new-login").await;
    let client = logged_in(&server).await;
    let url = server.callback_url(&client).await;
    let local = client.logout(LogoutOptions::new().local(true));
    let (local, login) = join(local, client.handle_redirect_callback(Some(&url))).await;
    assert_eq!((local, login.unwrap().error), (Ok(()), None));
    let id_token = Some(server.id_token.borrow().clone());
    client.logout(LogoutOptions::new()).await.unwrap();
    assert_eq!(hint(&server), id_token);
    client.close();
}

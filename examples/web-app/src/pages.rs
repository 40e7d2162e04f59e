use maud::{DOCTYPE, Markup, html};
use portcullis::Secret;

use crate::sessions::Session;

const STYLE: &str = include_str!("style.css");

/// The page of somebody who is not logged in.
pub fn home() -> Markup {
    page(
        "Portcullis web app",
        &html! {
            p { "This app logs you in at its server. The browser gets a cookie, and no token." }
            a.button href="/login" { "Log in" }
        },
    )
}

/// The page of somebody who is.
pub fn profile(session: &Session, csrf: &Secret, api: &str) -> Markup {
    let claim = |name| session.claims.string(name).unwrap_or("not told");
    page(
        "Profile",
        &html! {
            dl {
                dt { "Name" } dd #name { (claim("name")) }
                dt { "Email" } dd #email { (claim("email")) }
                dt { "Subject" } dd #sub { (session.subject) }
                dt { "What the API says" } dd #api { (api) }
            }
            (action("/logout", "Log out", csrf))
            (action("/logout-everywhere", "Log out everywhere", csrf))
        },
    )
}

/// The page of what went wrong.
pub fn failure(code: &str, description: &str) -> Markup {
    page(
        "That did not work",
        &html! {
            p { (description) " (" code #code { (code) } ")" }
            a.button href="/" { "Go on" }
        },
    )
}

fn action(path: &str, name: &str, csrf: &Secret) -> Markup {
    html! {
        form method="post" action=(path) {
            input type="hidden" name="csrf" value=(csrf.expose());
            button { (name) }
        }
    }
}

fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    }
}

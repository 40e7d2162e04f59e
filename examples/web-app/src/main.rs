//! Starts the app with what the environment says, or ends sessions from the command line.

use std::env;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Result, bail};
use web_app::app::App;
use web_app::config::Config;
use web_app::refresh_tokens::Whose;
use web_app::server;

const HELP: &str = "\
web-app                               serves the app
web-app revoke <subject> [<client>]   ends all sessions of a user, or those by one client";

#[tokio::main]
async fn main() -> ExitCode {
    let colors = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_target(false).with_ansi(colors).init();
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<()> {
    let whose = match *arguments {
        [] => None,
        ["revoke", subject] => Some(Whose::User(subject)),
        ["revoke", subject, client] => Some(Whose::UserAtClient(subject, client)),
        _ => bail!(HELP),
    };
    let app = App::open(Config::read(|name| env::var(name).ok())?).await?;
    match whose {
        None => server::run(app).await,
        Some(whose) => {
            println!("{} sessions ended", app.revoke(whose).await?);
            Ok(())
        }
    }
}

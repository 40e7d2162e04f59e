//! Starts the API with what the environment says.

use std::env;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use resource_server::config::Config;
use resource_server::server;

#[tokio::main]
async fn main() -> ExitCode {
    let colors = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_target(false).with_ansi(colors);
    if env::var("PORTCULLIS_LOG").is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.init();
    }
    let result = match Config::read(|name| env::var(name).ok()) {
        Ok(config) => server::run(config).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

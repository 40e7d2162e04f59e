//! Starts the API with what the environment says.

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use resource_server::config::Config;
use resource_server::log::Log;
use resource_server::server;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let variable = |name: &str| env::var(name).ok();
    Log::read(variable)?.start();
    server::run(Config::read(variable)?).await
}

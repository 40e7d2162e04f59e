//! Sessions and refresh tokens in a real database: SQLite, or PostgreSQL where `PORTCULLIS_TEST_POSTGRES`
//! is the URL of a server.

mod authorization_server;
mod browser;
mod database;
mod held_back;
mod id_tokens;
mod log;
mod login;
mod pages;
mod processes;
mod renewal;
mod revocation;
mod theft;

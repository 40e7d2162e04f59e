//! Sessions and refresh tokens in a real database: SQLite, or PostgreSQL where `PORTCULLIS_TEST_POSTGRES`
//! is the URL of a server.

mod authorization_server;
mod database;
mod held_back;
mod renewal;
mod revocation;
mod theft;

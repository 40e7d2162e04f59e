//! The database: SQLite or PostgreSQL, as the URL says.

use std::error::Error;
use std::future::ready;
use std::pin::Pin;

use anyhow::{Context as _, Result};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationSource, MigrationType, Migrator};
use sqlx::{AnyPool, Executor as _};

/// How long a request waits for those that write to SQLite before it. None of them waits for anything
/// but the disk.
const WAIT: &str = "PRAGMA busy_timeout = 15000";

/// What the tables went through, oldest first.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "sessions", include_str!("../migrations/0001_sessions.sql")),
    (2, "renewals", include_str!("../migrations/0002_renewals.sql")),
];

/// Connects, and brings the tables up to date.
pub async fn connect(url: &str) -> Result<AnyPool> {
    install_default_drivers();
    let is_sqlite = url.starts_with("sqlite:");
    let options = AnyPoolOptions::new().after_connect(move |connection, _| {
        Box::pin(async move {
            if is_sqlite {
                connection.execute(WAIT).await?;
                connection.execute("PRAGMA journal_mode = WAL").await?;
            }
            Ok(())
        })
    });
    // A URL can hold a password, so that the error does not name it.
    let pool = options.connect(url).await.context("can't open the database of DATABASE_URL")?;
    let migrator = Migrator::new(Embedded).await?;
    migrator.run(&pool).await.context("can't bring the tables up to date")?;
    Ok(pool)
}

/// The migrations in the program. The macro that does it would compile all of sqlx once more.
#[derive(Debug)]
struct Embedded;

type Found = Result<Vec<Migration>, Box<dyn Error + Send + Sync>>;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Found> + Send>> {
        let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into(), false)
        };
        Box::pin(ready(Ok(MIGRATIONS.map(migration).into())))
    }
}

//! Two servers of the app, each a process of its own, on one database.

#![cfg(unix)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::SystemTime;

use portcullis::Secret;
use sqlx::Row as _;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::{JoinHandle, JoinSet};
use web_app::app::App;
use web_app::renewal::LEASE;

use super::authorization_server::Server;
use super::browser::{Answer, Browser, SESSION};
use super::database::{Database, START, log_in, session};

/// A running server of the app.
struct Process {
    child: Child,
    origin: String,
    /// Held, as a process that logs to nobody has an error at every line.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(database: &Database, server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        drop(listener);
        let mut child = Command::new(env!("CARGO_BIN_EXE_web-app"))
            .envs(database.variables(server))
            .env("PORTCULLIS_WEB_APP_PORT", &port)
            .env("PORTCULLIS_API", &server.issuer)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        while !output.next_line().await.unwrap().expect("it ended").contains("listening on") {}
        Self { child, origin: format!("http://127.0.0.1:{port}"), _output: output }
    }

    /// Asks for the profile in this session.
    fn ask(&self, id: &Secret) -> JoinHandle<Answer> {
        let mut browser = Browser::at(self.origin.clone());
        browser.set_cookie(SESSION, id.expose());
        tokio::spawn(async move { browser.get("/profile").await })
    }

    /// Has the process serve somebody else meanwhile, from the cookie to the renewed access token, so that
    /// it has seen what came before.
    async fn serve_somebody_else(&self, world: &World, name: &str) {
        let id = log_in(&world.app, &world.server, name).await;
        assert_eq!(self.ask(&id).await.unwrap().status, 200);
    }
}

/// Alice, whose access token is due, and two processes.
struct World {
    server: Server,
    _database: Database,
    app: Arc<App>,
    alice: Secret,
    one: Process,
    other: Process,
}

impl World {
    async fn new() -> Self {
        let (server, database) = (Server::start().await, Database::new().await);
        // The clock of a process is the system's.
        database.pass(system_time() - START);
        let app = database.app(&server).await;
        let alice = log_in(&app, &server, "alice").await;
        let one = Process::start(&database, &server).await;
        let other = Process::start(&database, &server).await;
        Self { server, _database: database, app, alice, one, other }
    }

    /// How often Alice's first refresh token was sent.
    fn times_sent(&self) -> usize {
        self.server.refreshed().iter().filter(|token| *token == "refresh-token-of-alice").count()
    }
}

fn system_time() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the clock of a process is the system's")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

#[tokio::test]
async fn requests_at_two_processes_at_once_send_a_refresh_token_once() {
    let world = World::new().await;
    let held_back = world.server.hold_back("refresh-token-of-alice");
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        for process in [&world.one, &world.other] {
            let request = process.ask(&world.alice);
            requests.spawn(async move { request.await.unwrap() });
        }
    }
    held_back.has_come().await;
    world.one.serve_somebody_else(&world, "bob").await;
    world.other.serve_somebody_else(&world, "carol").await;
    assert!(requests.try_join_next().is_none());
    held_back.let_go();
    for answer in requests.join_all().await {
        assert!(answer.body.contains("Bearer access-token-1<"), "{answer:?}");
    }
    assert_eq!(world.times_sent(), 1);
    assert!(session(&world.app, &world.alice).await.is_some());
}

/// Kills the process that has sent Alice's refresh token, before the answer is there, and gives a request
/// at the other one that waits for it.
async fn killed(world: &mut World) -> JoinHandle<Answer> {
    let held_back = world.server.hold_back("refresh-token-of-alice");
    let lost = world.one.ask(&world.alice);
    held_back.has_come().await;
    world.one.child.kill().await.unwrap();
    assert!(lost.await.unwrap_err().is_panic(), "no answer has come");
    let waiting = world.other.ask(&world.alice);
    world.other.serve_somebody_else(world, "bob").await;
    let query = "SELECT renewing_until FROM sessions WHERE subject = 'alice'";
    let lease: i64 = sqlx::query(query).fetch_one(&world.app.pool).await.unwrap().get(0);
    let now = system_time();
    assert!((now + 1..=now + LEASE).contains(&lease), "it outlives whoever has it");
    assert!(!waiting.is_finished());
    assert_eq!(world.times_sent(), 1);
    waiting
}

/// Has the time pass that the lease takes.
async fn let_lease_end(world: &World) {
    let query = "UPDATE sessions SET renewing_until = renewing_until - $1 WHERE subject = 'alice'";
    sqlx::query(query).bind(LEASE).execute(&world.app.pool).await.unwrap();
}

#[tokio::test]
async fn a_process_that_is_killed_in_a_renewal_leaves_the_session_to_the_other_one() {
    let mut world = World::new().await;
    world.server.forgive("refresh-token-of-alice");
    let waiting = killed(&mut world).await;
    let_lease_end(&world).await;
    let answer = waiting.await.unwrap();
    assert!(answer.body.contains("Bearer access-token-3<"), "{answer:?}");
    assert_eq!(world.times_sent(), 2);
    let again = world.other.ask(&world.alice).await.unwrap();
    assert!(again.body.contains("Bearer access-token-3<"), "{again:?}");
}

#[tokio::test]
async fn where_a_token_sent_again_is_taken_for_theft_the_user_is_asked_to_log_in_again() {
    let mut world = World::new().await;
    let waiting = killed(&mut world).await;
    let_lease_end(&world).await;
    let answer = waiting.await.unwrap();
    assert_eq!(answer.location(), "/login?return_to=/profile");
    assert!(session(&world.app, &world.alice).await.is_none());
}

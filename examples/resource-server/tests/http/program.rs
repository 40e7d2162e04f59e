//! The program as it is started, with what it writes.

#![cfg(unix)]

use std::process::Stdio;
use std::time::SystemTime;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::issuer::{AUDIENCE, Issuer, OPAQUE_TOKEN, ORIGIN, listen};

/// The running program.
struct Program {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    lines: Vec<String>,
    url: String,
}

impl Program {
    async fn start(issuer: &Issuer, variables: &[(&str, &str)]) -> Self {
        let (listener, url) = listen().await;
        let port = listener.local_addr().unwrap().port().to_string();
        drop(listener);
        let mut child = Command::new(env!("CARGO_BIN_EXE_resource-server"))
            .env("PORTCULLIS_API_PORT", &port)
            .env("PORTCULLIS_API_ORIGIN", ORIGIN)
            .env("PORTCULLIS_AUDIENCE", AUDIENCE)
            .env("PORTCULLIS_ISSUER", &issuer.url)
            .env("PORTCULLIS_INTROSPECTION_ENDPOINT", format!("{}/introspect", issuer.url))
            .env("PORTCULLIS_TOKEN_ENDPOINT", format!("{}/token", issuer.url))
            .env("PORTCULLIS_CLIENT_ID", "api")
            .env("PORTCULLIS_CLIENT_SECRET", "s3cret")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut program = Self { child, output, lines: Vec::new(), url };
        while !program.lines.last().is_some_and(|line| line.contains("listening on")) {
            program.read_line().await.expect("the program ended");
        }
        program
    }

    async fn read_line(&mut self) -> Option<()> {
        self.lines.push(self.output.next_line().await.unwrap()?);
        Some(())
    }

    /// Sends SIGTERM, and gives all that the program has written.
    async fn stop(mut self) -> Vec<String> {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").arg(pid).status().await.unwrap().success());
        while self.read_line().await.is_some() {}
        assert!(self.child.wait().await.unwrap().success());
        self.lines
    }
}

fn now() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "the program's clock is the system's")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u32::try_from(now.as_secs()).unwrap()
}

/// Has the program see every kind of secret, and gives the lines that it logs at its most talkative.
async fn logged(format: &str) -> Vec<String> {
    let issuer = Issuer::start().await;
    let log = [("PORTCULLIS_LOG", format), ("PORTCULLIS_LOG_LEVEL", "trace")];
    let program = Program::start(&issuer, &log).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str, headers: &[(&str, &str)]| {
        let request = client.get(format!("{}{path}", program.url));
        let request = headers.iter().fold(request, |request, (k, v)| request.header(*k, *v));
        request.send().await.unwrap().status().as_u16()
    };

    let (good, expired) = (issuer.token(now() + 600), issuer.token(now() - 60));
    let bound_claims = json!({ "cnf": { "jkt": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" } });
    let bound = issuer.token_with(now() + 600, &bound_claims);
    let proof = issuer.proof("/api/me", &bound, &json!({ "iat": now() }));
    for (token, status) in [(&*good, 200), (&expired, 401), (&good[1..], 401), (OPAQUE_TOKEN, 401)]
    {
        let bearer = format!("Bearer {token}");
        assert_eq!(get("/api/me", &[("authorization", &bearer)]).await, status);
    }
    let bearer = format!("Bearer {good}");
    get("/api/order", &[("authorization", &bearer)]).await;
    let bound_headers = [("authorization", &*format!("DPoP {bound}")), ("dpop", &*proof)];
    assert_eq!(get("/api/me", &bound_headers).await, 200);
    assert_eq!(get("/api/me", &bound_headers).await, 401);
    get(&format!("/api/me?access_token={good}"), &[]).await;

    let lines = program.stop().await;
    let log = lines.join("\n");
    for said in ["DEBUG", "/api/me", "token_expired", "asked the issuer", "stopping"] {
        assert!(log.contains(said), "{said}: {log}");
    }
    for token in [&good, &expired, &bound, &proof] {
        for part in token.split('.').skip(1) {
            assert!(!log.contains(part), "{log}");
        }
    }
    for secret in [OPAQUE_TOKEN, "s3cret", "YXBpOnMzY3JldA"] {
        assert!(!log.contains(secret), "{log}");
    }
    lines
}

#[tokio::test]
async fn a_log_in_text_holds_no_token_at_any_level() {
    let lines = logged("text").await;
    assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_err()));
}

#[tokio::test]
async fn a_log_in_json_is_an_object_in_every_line_and_holds_no_token_at_any_level() {
    for line in logged("json").await {
        let event: Value = serde_json::from_str(&line).expect(&line);
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{event}");
    }
}

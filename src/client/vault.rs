use std::cell::RefCell;

use super::dpop;
use crate::config::{Config, RefreshTokens};
use crate::error::Result;
use crate::host::Host;
use crate::protocol::json::{self, Json, Object};
use crate::protocol::token::TokenType;
use crate::secret::Secret;

const VERSION: f64 = 3.0;

/// What a session leaves behind in the vault: all that a new tab needs to go on with it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub session: String,
    pub generation: f64,
    pub refresh_token: Option<Secret>,
    pub id_token: Secret,
    pub claims: Object,
    pub scope: String,
    pub expires_at: f64,
    /// How long the latest default access token lives, in milliseconds.
    pub lifetime: f64,
    /// The type of the latest default access token.
    pub token_type: TokenType,
    /// Whether the refresh token is bound to the key of this browser.
    pub is_bound: bool,
    /// By which the user's session at the server is known, if the server has told.
    pub session_state: Option<String>,
    /// The sealed text that the store held of it when it was last read or written.
    pub stored_as: Option<String>,
}

/// Where the session rests: sealed in the host's store, or in the memory of this tab.
pub(super) struct Vault {
    key: String,
    is_shared: bool,
    /// A session whose access token is not bound to a key counts for nothing.
    dpop_only: bool,
    /// The session of a vault that is not shared, or one that the store refused.
    memory: RefCell<Option<Box<Record>>>,
    /// What this tab last found in the store before that, if it could be read: the session's
    /// identifier, empty where there was none.
    before: RefCell<Option<String>>,
}

impl Vault {
    pub fn new(namespace: &str, config: &Config) -> Self {
        Self {
            key: ["session ", namespace].concat(),
            is_shared: config.refresh_tokens == RefreshTokens::Encrypted,
            dpop_only: dpop::is_required(config),
            memory: RefCell::default(),
            before: RefCell::default(),
        }
    }

    /// Whether other tabs can read it.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// The session that rests here. One that can't be read is none.
    pub async fn read(&self, host: &impl Host) -> Result<Option<Box<Record>>> {
        let in_memory = self.memory.borrow().clone();
        if !self.is_shared {
            return Ok(in_memory);
        }
        let stored = self.read_store(host).await;
        match (in_memory, stored) {
            (None, stored) => {
                if let Ok(stored) = &stored {
                    self.note_before(stored.as_deref());
                }
                stored
            }
            (in_memory, Err(_)) => Ok(in_memory),
            (Some(in_memory), Ok(stored)) => Ok(Some(match stored {
                Some(stored) if self.is_newer(&stored, &in_memory) => stored,
                _ => in_memory,
            })),
        }
    }

    async fn read_store(&self, host: &impl Host) -> Result<Option<Box<Record>>> {
        let Some(sealed) = host.load(&self.key).await? else { return Ok(None) };
        let opened = host.open(&sealed, &self.key).await?;
        let Some(mut record) = opened.and_then(|text| Record::parse(&text)) else {
            return Ok(None);
        };
        record.stored_as = Some(sealed);
        Ok(dpop::counts(&record, self.dpop_only).then_some(record))
    }

    /// Lays a session down; it is durable when this returns. If that fails it rests in memory, as
    /// the refresh token before it is spent.
    ///
    /// A session that was in the store is laid down only if it is still there as it was: a tab that was
    /// frozen may have lost its lock, and what another one wrote since is newer. Says whether it was.
    pub async fn write(&self, host: &impl Host, record: &mut Record) -> Result<bool> {
        let written = if self.is_shared { self.write_store(host, record).await } else { Ok(true) };
        let rests_in_memory = !self.is_shared || written.is_err();
        if self.is_shared && matches!(written, Ok(true)) {
            self.note_before(Some(record));
        }
        *self.memory.borrow_mut() = rests_in_memory.then(|| Box::new(record.clone()));
        written
    }

    async fn write_store(&self, host: &impl Host, record: &mut Record) -> Result<bool> {
        let sealed = host.seal(&record.to_text(), &self.key).await?;
        let is_written = match &record.stored_as {
            Some(before) => host.replace(&self.key, before, Some(&sealed)).await?,
            None => host.store(&self.key, &sealed).await.map(|()| true)?,
        };
        if is_written {
            record.stored_as = Some(sealed);
        }
        Ok(is_written)
    }

    /// Removes a session that was read, unless another tab has replaced it. Says whether it is gone.
    pub async fn remove(&self, host: &impl Host, record: &Record) -> Result<bool> {
        self.memory.take();
        match &record.stored_as {
            Some(before) if self.is_shared => host.replace(&self.key, before, None).await,
            _ => self.clear(host).await.map(|()| true),
        }
    }

    fn note_before(&self, stored: Option<&Record>) {
        let session = stored.map(|record| record.session.clone());
        *self.before.borrow_mut() = Some(session.unwrap_or_default());
    }

    /// Whether what is in the store is a later state of the session in memory, or a session that
    /// followed it. One that was there before it is neither.
    fn is_newer(&self, stored: &Record, in_memory: &Record) -> bool {
        if stored.session == in_memory.session {
            return stored.generation > in_memory.generation;
        }
        let mut before = self.before.borrow_mut();
        before.get_or_insert_with(|| stored.session.clone()) != &stored.session
    }

    pub async fn clear(&self, host: &impl Host) -> Result<()> {
        self.memory.take();
        if self.is_shared { host.remove(&self.key).await } else { Ok(()) }
    }
}

impl Record {
    /// What is known of any session.
    pub fn new(session: String, id_token: Secret, claims: Object) -> Self {
        Self {
            session,
            generation: 0.0,
            refresh_token: None,
            id_token,
            claims,
            scope: String::new(),
            expires_at: 0.0,
            lifetime: 0.0,
            token_type: TokenType::default(),
            is_bound: false,
            session_state: None,
            stored_as: None,
        }
    }

    fn to_text(&self) -> Secret {
        let mut object = Object::default();
        object.set("version", Json::Number(VERSION));
        object.set("session", Json::from(self.session.as_str()));
        object.set("generation", Json::Number(self.generation));
        object.set_some("refresh_token", self.refresh_token.as_ref().map(Secret::expose));
        object.set("id_token", Json::from(self.id_token.expose()));
        object.set("claims", Json::Object(self.claims.clone()));
        object.set("scope", Json::from(self.scope.as_str()));
        object.set("expires_at", Json::Number(self.expires_at));
        object.set("lifetime", Json::Number(self.lifetime));
        object.set("token_type", Json::from(self.token_type.as_str()));
        object.set("is_bound", Json::Bool(self.is_bound));
        object.set_some("session_state", self.session_state.as_deref());
        Secret::new(object.to_text())
    }

    fn parse(text: &Secret) -> Option<Box<Self>> {
        let mut object = json::object(text.expose())?;
        let known = object.number("version")?.to_bits() == VERSION.to_bits();
        known.then_some(())?;
        let claims = object.get("claims")?.as_object()?.clone();
        let id_token = Secret::new(object.take_string("id_token")?);
        let session = object.take_string("session")?;
        let mut record = Box::new(Self::new(session, id_token, claims));
        record.generation = object.number("generation")?;
        record.refresh_token = object.take_string("refresh_token").map(Secret::new);
        record.scope = object.take_string("scope")?;
        record.expires_at = object.number("expires_at")?;
        record.lifetime = object.number("lifetime")?;
        record.token_type = TokenType::from_name(object.string("token_type")?)?;
        record.is_bound = object.bool("is_bound")?;
        record.session_state = object.take_string("session_state");
        Some(record)
    }
}

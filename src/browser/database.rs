//! `IndexedDB`: the records of the client, and the keys that seal them and prove possession.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{self, Either, LocalBoxFuture};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransaction, IdbTransactionMode,
};

use crate::error::{Error, ErrorCode, Result};

const NAME: &str = "portcullis";
const RECORDS: &str = "records";
const KEYS: &str = "keys";

/// How long an opening may take, in milliseconds: some browsers never answer it.
const OPENING_LIMIT: u32 = 5_000;

/// Whoever wants to know when the browser takes the database away.
type Listeners = Rc<RefCell<Vec<Rc<dyn Fn()>>>>;

/// What becomes of a text.
pub(super) enum Change {
    Leave,
    Store(String),
    Remove,
}

/// What makes a key.
pub(super) type Make = fn() -> LocalBoxFuture<'static, Result<JsValue>>;

/// The database of this origin.
pub(super) struct Database {
    connection: RefCell<Option<IdbDatabase>>,
    /// An opening was never answered, and no other is waited for.
    is_silent: Cell<bool>,
    /// The keys seen so far, by name.
    keys: RefCell<Vec<(String, JsValue)>>,
    on_lost: Listeners,
}

impl Database {
    pub fn new() -> Self {
        Self {
            connection: RefCell::default(),
            is_silent: Cell::new(false),
            keys: RefCell::default(),
            on_lost: Listeners::default(),
        }
    }

    /// Calls `listener` when the database is deleted or its connection closed, as by a user who clears
    /// the site's data.
    pub fn on_lost(&self, listener: Rc<dyn Fn()>) {
        self.on_lost.borrow_mut().push(listener);
    }

    /// Stops all listeners.
    pub fn close(&self) {
        self.on_lost.take();
    }

    pub async fn load(&self, key: &str) -> Result<Option<String>> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readonly).await?;
        let found = settled(&records.get(&key.into()).map_err(unavailable)?).await?;
        Ok(found.as_string())
    }

    pub async fn store(&self, key: &str, text: &str) -> Result<()> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        records.put_with_key(&text.into(), &key.into()).map_err(unavailable)?;
        committed(&records.transaction()).await
    }

    pub async fn remove(&self, key: &str) -> Result<()> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        records.delete(&key.into()).map_err(unavailable)?;
        committed(&records.transaction()).await
    }

    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readonly).await?;
        let range = beginning_with(prefix)?;
        let found = settled(&records.get_all_keys_with_key(&range).map_err(unavailable)?).await?;
        Ok(Array::from(&found).iter().filter_map(|key| key.as_string()).collect())
    }

    /// Changes what a key holds by what it is, in one transaction. Says whether it did.
    pub async fn change(
        &self,
        key: &str,
        change: &mut dyn FnMut(Option<String>) -> Change,
    ) -> Result<bool> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        let key = key.into();
        let found = settled(&records.get(&key).map_err(unavailable)?).await?;
        let changed = match change(found.as_string()) {
            Change::Leave => return Ok(false),
            Change::Store(text) => records.put_with_key(&text.into(), &key),
            Change::Remove => records.delete(&key),
        };
        changed.map_err(unavailable)?;
        committed(&records.transaction()).await?;
        Ok(true)
    }

    /// Removes what is old in one transaction, however much it is.
    pub async fn sweep(&self, prefix: &str, is_old: &dyn Fn(&str) -> bool) -> Result<()> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        let range = beginning_with(prefix)?;
        let keys = records.get_all_keys_with_key(&range).map_err(unavailable)?;
        let texts = records.get_all_with_key(&range).map_err(unavailable)?;
        let texts = Array::from(&settled(&texts).await?);
        let keys = Array::from(&keys.result().map_err(unavailable)?);
        for (key, text) in keys.iter().zip(texts.iter()) {
            if text.as_string().is_none_or(|text| is_old(&text)) {
                records.delete(&key).map_err(unavailable)?;
            }
        }
        committed(&records.transaction()).await
    }

    /// The key of this name, which all tabs share. The first one to need it makes it. It is looked up
    /// anew each time, as what is sealed with a key that was cleared can't be opened later.
    pub async fn key(&self, name: &str, make: Make) -> Result<JsValue> {
        let keys = self.objects(KEYS, IdbTransactionMode::Readonly).await?;
        let stored = settled(&keys.get(&name.into()).map_err(unavailable)?).await?;
        let key =
            if stored.is_object() { stored } else { self.add_key(name, make().await?).await? };
        self.remember_key(name, &key);
        Ok(key)
    }

    /// The key of this name that was seen last.
    pub fn known_key(&self, name: &str) -> Option<JsValue> {
        let keys = self.keys.borrow();
        keys.iter().find(|(known, _)| known == name).map(|(_, key)| key.clone())
    }

    pub fn remember_key(&self, name: &str, key: &JsValue) {
        let mut keys = self.keys.borrow_mut();
        keys.retain(|(known, _)| known != name);
        keys.push((name.to_owned(), key.clone()));
    }

    /// Adds the key unless another tab was faster; then that tab's key it is.
    async fn add_key(&self, name: &str, key: JsValue) -> Result<JsValue> {
        let keys = self.objects(KEYS, IdbTransactionMode::Readwrite).await?;
        let theirs = settled(&keys.get(&name.into()).map_err(unavailable)?).await?;
        if theirs.is_object() {
            return Ok(theirs);
        }
        keys.put_with_key(&key, &name.into()).map_err(unavailable)?;
        committed(&keys.transaction()).await?;
        Ok(key)
    }

    async fn objects(&self, name: &str, mode: IdbTransactionMode) -> Result<IdbObjectStore> {
        let connection = self.connection().await?;
        let transaction = if let Ok(begun) = connection.transaction_with_str_and_mode(name, mode) {
            begun
        } else {
            // The browser closes connections when it clears a site's data, or in the background.
            self.connection.take();
            let connection = self.connection().await?;
            connection.transaction_with_str_and_mode(name, mode).map_err(unavailable)?
        };
        transaction.object_store(name).map_err(unavailable)
    }

    async fn connection(&self) -> Result<IdbDatabase> {
        let known = self.connection.borrow().clone();
        if let Some(connection) = known {
            return Ok(connection);
        }
        if self.is_silent.get() {
            return Err(ErrorCode::StorageUnavailable.into());
        }
        let opening = std::pin::pin!(async {
            match open(&self.on_lost).await {
                // While a browser clears a site's data it may refuse, and give a new database after.
                Err(_) => open(&self.on_lost).await,
                opened => opened,
            }
        });
        match future::select(opening, TimeoutFuture::new(OPENING_LIMIT)).await {
            Either::Left((connection, _)) => {
                let connection = connection?;
                *self.connection.borrow_mut() = Some(connection.clone());
                Ok(connection)
            }
            Either::Right(_) => {
                self.is_silent.set(true);
                Err(ErrorCode::StorageUnavailable.into())
            }
        }
    }
}

async fn open(on_lost: &Listeners) -> Result<IdbDatabase> {
    // Where storage is blocked, even to look may throw.
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(unavailable)?;
    if !factory.is_object() {
        return Err(ErrorCode::StorageUnavailable.into());
    }
    let factory: IdbFactory = factory.unchecked_into();
    let request: IdbOpenDbRequest = factory.open_with_u32(NAME, 1).map_err(unavailable)?;
    let opening = request.clone();
    let upgrade = Closure::once_into_js(move || {
        let connection =
            opening.result().ok().and_then(|result| result.dyn_into::<IdbDatabase>().ok());
        for name in [RECORDS, KEYS] {
            // A failure makes the opening fail.
            let _ = connection.as_ref().map(|connection| connection.create_object_store(name));
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    let connection: IdbDatabase = settled(&request).await?.dyn_into().map_err(unavailable)?;
    let lost = || {
        let (closing, on_lost) = (connection.clone(), Rc::clone(on_lost));
        Closure::once_into_js(move || {
            // Whoever wants to delete the database need not wait for this page.
            closing.close();
            let listeners = on_lost.borrow().clone();
            for listener in listeners {
                listener();
            }
        })
    };
    connection.set_onversionchange(Some(lost().unchecked_ref()));
    connection.set_onclose(Some(lost().unchecked_ref()));
    Ok(connection)
}

fn beginning_with(prefix: &str) -> Result<IdbKeyRange> {
    let end = format!("{prefix}\u{ffff}");
    IdbKeyRange::bound(&prefix.into(), &end.into()).map_err(unavailable)
}

/// Waits for a request and gives its result.
async fn settled(request: &IdbRequest) -> Result<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.map_err(unavailable)?;
    request.result().map_err(unavailable)
}

/// Waits until what a transaction wrote is durable.
async fn committed(transaction: &IdbTransaction) -> Result<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
        transaction.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.map_err(unavailable)?;
    Ok(())
}

fn unavailable(_: impl Into<JsValue>) -> Error {
    ErrorCode::StorageUnavailable.into()
}

//! `sessionStorage`: what this tab alone keeps from page to page where there is no `IndexedDB`.

use web_sys::{Storage, Window};

use crate::error::{Error, ErrorCode, Result};

/// What every key begins with: the storage is also the application's.
const PREFIX: &str = "portcullis ";

/// The texts whose keys begin with `prefix`.
pub(super) fn read(window: &Window, prefix: &str) -> Vec<(String, String)> {
    let Ok(storage) = storage(window) else { return Vec::new() };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    keys.filter_map(|key| {
        let ours = key.strip_prefix(PREFIX).filter(|ours| ours.starts_with(prefix))?;
        Some((ours.to_owned(), storage.get_item(&key).ok()??))
    })
    .collect()
}

/// Keeps a text under this key, or with `None` nothing.
pub(super) fn write(window: &Window, key: &str, text: Option<&str>) -> Result<()> {
    let (storage, key) = (storage(window)?, format!("{PREFIX}{key}"));
    match text {
        Some(text) => storage.set_item(&key, text).map_err(|_| unavailable()),
        None => storage.remove_item(&key).map_err(|_| unavailable()),
    }
}

fn storage(window: &Window) -> Result<Storage> {
    window.session_storage().ok().flatten().ok_or_else(unavailable)
}

fn unavailable() -> Error {
    ErrorCode::StorageUnavailable.into()
}

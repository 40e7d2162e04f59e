//! The store that all tabs share, and the key that seals what lies in it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What a sealed text begins with. The rest is a number: nothing of the text can be read from it.
const SEALED: &str = "sealed~";

#[derive(Default)]
pub(crate) struct Store {
    texts: RefCell<BTreeMap<String, String>>,
    sealed: RefCell<Vec<Sealed>>,
    /// Which of the keys that seal is the present one.
    key: Cell<usize>,
}

struct Sealed {
    text: String,
    context: String,
    key: usize,
}

impl Store {
    pub fn load(&self, key: &str) -> Option<String> {
        self.texts.borrow().get(key).cloned()
    }

    pub fn store(&self, key: &str, text: &str) {
        self.texts.borrow_mut().insert(key.to_owned(), text.to_owned());
    }

    pub fn remove(&self, key: &str) {
        self.texts.borrow_mut().remove(key);
    }

    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let texts = self.texts.borrow();
        texts.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// The user clears the site's data, the sealing key with it.
    pub fn clear(&self) {
        self.texts.borrow_mut().clear();
        self.key.set(self.key.get() + 1);
    }

    pub fn seal(&self, text: &str, context: &str) -> String {
        let mut sealed = self.sealed.borrow_mut();
        let (text, context) = (text.to_owned(), context.to_owned());
        sealed.push(Sealed { text, context, key: self.key.get() });
        format!("{SEALED}{}", sealed.len() - 1)
    }

    pub fn open(&self, sealed: &str, context: &str) -> Option<String> {
        let index: usize = sealed.strip_prefix(SEALED)?.parse().ok()?;
        let sealed = self.sealed.borrow();
        let found = sealed.get(index)?;
        (found.context == context && found.key == self.key.get()).then(|| found.text.clone())
    }

    /// What is under the seal in a text, for those who judge.
    pub fn unsealed(&self, text: &str) -> Option<String> {
        let (_, index) = text.split_once(SEALED)?;
        let index: usize = index.parse().ok()?;
        self.sealed.borrow().get(index).map(|sealed| sealed.text.clone())
    }

    /// What rests in the vault, for those who judge.
    pub fn vault(&self) -> Option<String> {
        let texts = self.texts.borrow();
        let (_, text) = texts.iter().find(|(key, _)| key.starts_with("session "))?;
        self.unsealed(text)
    }
}

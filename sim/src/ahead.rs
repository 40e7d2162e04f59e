//! What a page does for its client while that is on its way.

use std::cell::RefCell;
use std::rc::Rc;

use crate::host::Page;
use crate::server::{CLIENT_ID, ISSUER};
use crate::world::{Listening, World};

/// What a page has begun for its client before that is there.
pub(crate) struct Ahead {
    record: Option<Read>,
    /// What was heard on the channel since before that.
    heard: Rc<RefCell<Vec<String>>>,
}

/// What was read of the store.
pub(crate) struct Read {
    key: String,
    pub text: Option<String>,
}

impl Page {
    /// Listens to the other tabs, and after that reads the session's record.
    pub async fn go_ahead(&self) {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let messages = Rc::clone(&heard);
        let channel = format!("portcullis {ISSUER} {CLIENT_ID}");
        self.listen(&channel, Rc::new(move |message| messages.borrow_mut().push(message)));
        self.world.page(self.id).ahead = Some(Ahead { record: None, heard });
        if self.at_store().await.is_ok() {
            let key = format!("session {ISSUER} {CLIENT_ID}");
            let text = self.world.store.load(&key);
            self.note(|| format!("loads {key} ahead: {text:?}"));
            if let Some(ahead) = &mut self.world.page(self.id).ahead {
                ahead.record = Some(Read { key, text });
            }
        }
        self.wait_a_moment().await;
    }

    pub fn listen(&self, channel: &str, listener: Rc<dyn Fn(String)>) {
        let listening = Listening { client: self.client, channel: channel.to_owned(), listener };
        self.world.page(self.id).listening = Some(listening);
    }

    /// What was heard ahead, which is given once.
    pub fn heard_ahead(&self) -> Vec<String> {
        let page = self.world.page(self.id);
        page.ahead.as_ref().map(|ahead| ahead.heard.take()).unwrap_or_default()
    }

    /// What was read ahead of a record, which is given once.
    pub fn read_ahead(&self, key: &str) -> Option<Read> {
        let mut page = self.world.page(self.id);
        page.ahead.as_mut()?.record.take_if(|read| read.key == key)
    }
}

impl World {
    /// What a page has read ahead may be old, and it may not hear of that.
    pub fn forget_ahead(&self, id: usize) {
        if let Some(ahead) = &mut self.page(id).ahead {
            ahead.record = None;
        }
    }
}

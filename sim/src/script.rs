//! What users, devices and the server do, chosen by the seed as it goes.

use std::rc::Rc;

use crate::agenda::Event;
use crate::app::Call;
use crate::host::ORIGIN;
use crate::server::{End, Server};
use crate::world::World;

const USERS: [&str; 2] = ["alice", "bob"];
const HOUR: f64 = 3_600_000.0;

impl World {
    /// Does something, and plans when to do the next thing.
    pub fn act(self: &Rc<Self>) {
        self.plan(self.between(0.0, 2.0 * self.plan.pace), Event::Script);
        if self.is_asleep() {
            return;
        }
        let pages = self.open_pages();
        if pages.is_empty() {
            self.open(self.below(self.plan.most_tabs), ORIGIN);
            return;
        }
        let page = pages[self.below(pages.len())];
        match self.below(100) {
            0..25 => self.call(page, Call::AccessToken { is_final: false }),
            25..32 => pages.iter().for_each(|page| {
                self.call(*page, Call::AccessToken { is_final: false });
            }),
            32..36 => self.call(page, Call::ForceRefresh),
            36..42 => self.call(page, Call::Fetch),
            42..50 => self.open_tab(page),
            50..54 => self.reload(page),
            54..57 => self.kill(page),
            57..62 => self.freeze_for_a_while(page),
            62..66 => self.log_in_if_needed(page),
            66 => self.call(page, Call::Login),
            67 => self.call(page, Call::Logout { is_local: self.chance(0.5) }),
            68..70 => self.recreate(page),
            70..73 => self.handle_callback_again(page),
            73..78 => self.go_offline(),
            78..81 => self.stop_server(),
            81..85 => self.sleep_device(),
            85..90 => self.move_wall_clock(),
            90 => self.clear_store(),
            91 => self.end_session_at_server(),
            92 => self.rotate_keys(),
            93 => self.change_login_at_server(),
            _ => self.wake(page),
        }
    }

    /// Something bad happens to a page between two awaits.
    pub fn strike(self: &Rc<Self>) {
        let pages = self.open_pages();
        if pages.is_empty() || self.is_asleep() {
            return;
        }
        let page = pages[self.below(pages.len())];
        match self.below(5) {
            0 => self.kill(page),
            1 => self.reload(page),
            2 => self.open_tab(page),
            _ => self.freeze_for_a_while(page),
        }
    }

    /// A new tab: empty, a duplicate of another, or one that goes back to a callback.
    fn open_tab(self: &Rc<Self>, page: usize) {
        let taken: Vec<usize> = self.open_pages().iter().map(|id| self.page(*id).tab).collect();
        let Some(tab) = (0..self.plan.most_tabs).find(|tab| !taken.contains(tab)) else { return };
        let url = match self.below(3) {
            0 => ORIGIN.to_owned(),
            1 => self.page(page).url.clone(),
            _ => self.last_callback().unwrap_or_else(|| ORIGIN.to_owned()),
        };
        self.open(tab, &url);
    }

    fn last_callback(&self) -> Option<String> {
        self.callbacks.borrow().last().cloned()
    }

    fn reload(self: &Rc<Self>, page: usize) {
        let (tab, url) = {
            let page = self.page(page);
            (page.tab, page.url.clone())
        };
        self.kill(page);
        self.open(tab, &url);
    }

    fn freeze_for_a_while(&self, page: usize) {
        if self.chance(0.5) {
            self.hide(page);
        } else {
            self.freeze(page);
        }
        let most = if self.chance(0.2) { HOUR } else { 2.0 * self.plan.pace };
        self.plan(self.between(0.0, most), Event::Thaw { page });
    }

    fn log_in_if_needed(self: &Rc<Self>, page: usize) {
        let client = self.page(page).client.clone();
        if client.is_some_and(|client| client.state().user().is_none()) {
            self.call(page, Call::Login);
        }
    }

    /// The application closes its client and starts another one, as React's strict mode does.
    fn recreate(self: &Rc<Self>, page: usize) {
        let Some(client) = self.page(page).client.take() else { return };
        client.close();
        self.judge().closed(page);
        self.note(Some(page), || "closes its client and starts another".to_owned());
        self.start_client(page);
    }

    fn handle_callback_again(self: &Rc<Self>, page: usize) {
        if let Some(url) = self.last_callback() {
            self.call(page, Call::HandleCallback(url));
        }
    }

    fn go_offline(&self) {
        if !self.is_calm.get() && !self.offline.replace(true) {
            self.note(None, || "the network is gone".to_owned());
            self.plan(self.between(0.0, 4.0 * self.plan.pace), Event::Online);
        }
    }

    pub fn go_online(&self) {
        self.note(None, || "the network is back".to_owned());
        self.offline.set(false);
        self.wake_all();
    }

    fn stop_server(&self) {
        if !self.is_calm.get() && self.server_up.replace(false) {
            self.note(None, || "the server is down".to_owned());
            self.plan(self.between(0.0, 4.0 * self.plan.pace), Event::ServerUp);
        }
    }

    fn sleep_device(&self) {
        if self.is_calm.get() {
            return;
        }
        let most = if self.chance(0.3) { 12.0 * HOUR } else { 3.0 * self.plan.pace };
        let duration = self.between(0.0, most);
        self.note(None, || format!("the device sleeps for {:.0} s", duration / 1000.0));
        self.fall_asleep();
        self.offline.set(true);
        self.plan(duration, Event::WakeUp);
        self.plan(duration + self.between(0.0, 5_000.0), Event::Online);
    }

    fn move_wall_clock(&self) {
        if self.plan.clock_jumps && !self.is_calm.get() {
            let offset = if self.chance(0.4) { 0.0 } else { self.between(-2.0, 2.0) * HOUR };
            if offset < self.wall_offset.replace(offset) {
                self.judge().wall_clock_set_back(self.now());
            }
            self.note(None, || format!("the wall clock is now {:.0} s ahead", offset / 1000.0));
        }
    }

    fn clear_store(&self) {
        if self.plan.store_is_cleared && !self.is_calm.get() {
            self.note(None, || "the user clears the site's data".to_owned());
            self.judge().store_cleared();
            self.store.clear();
            self.open_pages().into_iter().for_each(|page| self.forget_ahead(page));
        }
    }

    fn end_session_at_server(&self) {
        let sessions = self.server().sessions.len();
        if sessions > 0 {
            let session = self.below(sessions);
            self.note(None, || format!("an administrator ends session {session}"));
            self.server().end(session, End::Administrator);
        }
    }

    /// The user logs in or out at the server by way of another application, or its administrator does.
    fn change_login_at_server(&self) {
        let logged_in = [None, Some(USERS[0]), Some(USERS[1])][self.below(3)];
        let wants_consent = self.chance(0.3);
        self.note(None, || format!("{logged_in:?} at the server, consent: {wants_consent}"));
        let mut server = self.server();
        server.logged_in = logged_in;
        server.wants_consent = wants_consent;
    }

    fn rotate_keys(&self) {
        // Who was given the keys by configuration can't follow.
        if self.plan.finds_keys() {
            self.server().key += 1;
        }
    }

    /// A page is left for the server, which sends the user back after a while.
    pub fn follow_navigation(self: &Rc<Self>, page: usize, url: &str) {
        if !self.page(page).is_alive {
            return;
        }
        self.note(Some(page), || format!("is left for {url}"));
        let tab = self.page(page).tab;
        self.kill(page);
        let is_login = url.contains("/auth?");
        let back = if !is_login {
            self.server().logged_in = None;
            Server::back_from_logout(url)
        } else if self.chance(0.05) {
            Server::refuse(url, "access_denied")
        } else {
            self.server().log_in(url, USERS[self.below(USERS.len())])
        };
        if is_login {
            self.callbacks.borrow_mut().push(back.clone());
        }
        let most = if self.chance(0.02) { HOUR } else { 20_000.0 };
        self.plan(self.between(100.0, most), Event::Opening { tab, url: back });
    }

    /// A tab shows a page, if it is free.
    pub fn open_in(self: &Rc<Self>, tab: usize, url: &str) {
        let taken = self.open_pages().into_iter().find(|page| self.page(*page).tab == tab);
        if let Some(page) = taken {
            self.kill(page);
        }
        self.open(tab, url);
    }
}

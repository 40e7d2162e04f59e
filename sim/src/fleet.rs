//! A million clients over a day, by the refresh policy that ships.

use fastrand::Rng;
use portcullis::client::refresh_policy::{wait_after_failure, wait_after_success};

const DAY: usize = 86_400;
const HOUR: usize = 3_600;
const OUTAGE: std::ops::Range<usize> = 14 * HOUR..14 * HOUR + 600;
/// The default of `refreshAhead`, in milliseconds.
const REFRESH_AHEAD: f64 = 30_000.0;
/// How many seconds ahead anything is planned, at most: a token's lifetime, or the longest wait.
const HORIZON: usize = 2 * HOUR;
/// The standard deviation of the logins around nine o'clock, in seconds.
const MORNING_SPREAD: f64 = 300.0;

/// When the clients of a fleet begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Before the day, at any time.
    Spread,
    /// All log in around nine o'clock.
    NineOClock,
}

/// What a day is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// How many clients there are.
    pub clients: u32,
    /// Seconds an access token lives.
    pub lifetime: f64,
    /// When they begin.
    pub beginning: Beginning,
    /// Whether the server refuses everything for ten minutes from two o'clock.
    pub has_outage: bool,
}

/// The requests of each second of a day.
pub struct Requests(pub Vec<u32>);

impl Day {
    /// Lets the day pass.
    pub fn requests(&self) -> Requests {
        let mut random = Rng::with_seed(u64::from(self.clients));
        let mut due: Vec<Vec<Client>> = vec![Vec::new(); HORIZON];
        let mut logins = self.logins(&mut random, &mut due);
        let mut requests = vec![0; DAY];
        for (second, count) in requests.iter_mut().enumerate() {
            let mut now = std::mem::take(&mut due[second % HORIZON]);
            now.append(&mut logins[second]);
            *count = u32::try_from(now.len()).unwrap_or(u32::MAX);
            let is_down = self.has_outage && OUTAGE.contains(&second);
            for client in now.drain(..) {
                let (wait, failures) = self.after_request(client, is_down, random.f64());
                let at = second as f64 + client.fraction() + wait / 1000.0;
                let next = Client::new(at, failures);
                due[(at as usize).max(second + 1) % HORIZON].push(next);
            }
            due[second % HORIZON] = now;
        }
        Requests(requests)
    }

    /// How long a client waits after a request, in milliseconds, and how many failed in a row.
    fn after_request(&self, client: Client, is_down: bool, chance: f64) -> (f64, u8) {
        if is_down {
            let lifetime = self.lifetime * 1000.0;
            let wait = wait_after_failure(i32::from(client.failures), lifetime, None, chance);
            (wait.asked + wait.back_off, client.failures.saturating_add(1))
        } else {
            (wait_after_success(self.lifetime * 1000.0, REFRESH_AHEAD, chance), 0)
        }
    }

    /// Plans the first request of each client: a refresh in `due`, or a login at the second given.
    fn logins(&self, random: &mut Rng, due: &mut [Vec<Client>]) -> Vec<Vec<Client>> {
        let mut logins = vec![Vec::new(); DAY];
        for _ in 0..self.clients {
            match self.beginning {
                Beginning::Spread => {
                    let wait = wait_after_success(self.lifetime * 1000.0, REFRESH_AHEAD, 0.5);
                    let at = random.f64() * wait / 1000.0;
                    due[at as usize].push(Client::new(at, 0));
                }
                Beginning::NineOClock => {
                    // Twelve throws of equal chance are as good as normal.
                    let throw = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
                    let at = (9 * HOUR) as f64 + MORNING_SPREAD * throw;
                    logins[at as usize].push(Client::new(at, 0));
                }
            }
        }
        logins
    }
}

/// A client that has a request to send.
#[derive(Clone, Copy)]
struct Client {
    failures: u8,
    /// The part of the second at which it is due.
    fraction: u8,
}

impl Client {
    fn new(at: f64, failures: u8) -> Self {
        Self { failures, fraction: (at.fract() * 256.0) as u8 }
    }

    fn fraction(self) -> f64 {
        f64::from(self.fraction) / 256.0
    }
}

impl Requests {
    /// The mean of these seconds.
    pub fn mean(&self, seconds: std::ops::Range<usize>) -> f64 {
        let part = &self.0[seconds];
        part.iter().map(|count| f64::from(*count)).sum::<f64>() / part.len() as f64
    }

    /// The most of any of these seconds.
    pub fn peak(&self, seconds: std::ops::Range<usize>) -> f64 {
        f64::from(self.0[seconds].iter().copied().max().unwrap_or(0))
    }
}

/// The seconds of the day from and until these hours.
pub fn hours(from: f64, until: f64) -> std::ops::Range<usize> {
    (from * HOUR as f64) as usize..(until * HOUR as f64) as usize
}

/// The first second after the outage.
pub const OUTAGE_END: usize = OUTAGE.end;

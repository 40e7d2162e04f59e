//! The same comparison for a machine that has other things to do: token by token in turn, and of each the
//! fastest tenth, which nothing interrupted. Who begins alternates: whoever is second with a token is 1 %
//! faster, as the processor has just seen it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use portcullis_bench::backends::{self, Jsonwebtoken};
use portcullis_bench::{Key, KeySet};

const ROUNDS: usize = 6_000;
const DISTINCT: usize = 256;

fn main() {
    backends::install();
    for key in [Key::rs256(), Key::es256(1)] {
        let tokens: Vec<String> = (0..DISTINCT).map(|number| key.token(number)).collect();
        let keys = KeySet::default();
        keys.add(&key);
        let (verifier, other) = (keys.verifier(None), Jsonwebtoken::new(&key));
        let mut times = vec![Vec::new(); 1 + backends::NAMES.len()];
        for (number, token) in tokens.iter().cycle().take(ROUNDS).enumerate() {
            let first = number + number / DISTINCT;
            for turn in 0..times.len() {
                let who = (first + turn) % times.len();
                times[who].push(match who.checked_sub(1) {
                    None => timed(|| verifier.verify(token).now_or_never().unwrap().unwrap()),
                    Some(backend) => {
                        backends::choose(backend);
                        timed(|| other.decode(token))
                    }
                });
            }
        }
        let ours = fastest_tenth(&mut times[0]);
        println!(
            "{} portcullis: {ours:.1} µs, {:.0} per second",
            key.algorithm.as_str(),
            1e6 / ours
        );
        for (name, times) in backends::NAMES.iter().zip(&mut times[1..]) {
            let theirs = fastest_tenth(times);
            let ratio = theirs / ours;
            println!(
                "{} {name}: {theirs:.1} µs; portcullis does {ratio:.3} ×",
                key.algorithm.as_str()
            );
        }
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    black_box(work());
    began.elapsed()
}

/// The tenth percentile, in microseconds.
fn fastest_tenth(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 10].as_secs_f64() * 1e6
}

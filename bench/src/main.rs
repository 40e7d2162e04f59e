//! What many tokens do to the verifier: whether its memory grows, and how long one takes while the issuer
//! rotates its key.

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis_bench::{Key, KeySet};

/// How long the issuer takes for its keys.
const ISSUER_TAKES: Duration = Duration::from_millis(20);
const ROTATION_TOKENS: usize = 20_000;
const DISTINCT: usize = 512;

#[global_allocator]
static COUNTED: Counted = Counted;

static LIVE_BYTES: AtomicI64 = AtomicI64::new(0);

struct Counted;

// SAFETY: it is the system's allocator; the counter beside it touches no memory of it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE_BYTES.fetch_add(size(layout), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(size(layout), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn size(layout: Layout) -> i64 {
    i64::try_from(layout.size()).unwrap_or(i64::MAX)
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let tokens = env::args().nth(1).map_or(1_000_000, |count| count.parse().unwrap());
    let grown = memory(tokens).await;
    println!("memory: {grown} bytes more after {tokens} tokens");
    let (refused, mut times) = rotation().await;
    times.sort_unstable();
    let at = |part: f64| times[(times.len() as f64 * part) as usize].as_micros();
    println!(
        "rotation: {refused} of {} good tokens refused; {} µs median, {} µs p99, {} µs at most",
        times.len(),
        at(0.5),
        at(0.99),
        times[times.len() - 1].as_micros(),
    );
    assert_eq!((grown, refused), (0, 0));
}

/// The bytes that are in use after so many tokens and were not after the first thousand.
async fn memory(count: usize) -> i64 {
    let key = Key::es256(1);
    let keys = KeySet::default();
    keys.add(&key);
    let verifier = keys.verifier(None);
    let tokens: Vec<String> = (0..DISTINCT).map(|number| key.token(number)).collect();
    let mut next = tokens.iter().cycle();
    let mut before = 0;
    for number in 0..count {
        if number == 1_000 {
            before = LIVE_BYTES.load(Ordering::Relaxed);
        }
        verifier.verify(next.next().unwrap()).await.unwrap();
    }
    LIVE_BYTES.load(Ordering::Relaxed) - before
}

/// Eight callers at once, whose tokens are of the new key from the middle on.
async fn rotation() -> (usize, Vec<Duration>) {
    let (old, new) = (Key::es256(1), Key::es256(2));
    let keys = KeySet::default();
    keys.add(&old);
    let verifier = keys.verifier(Some(ISSUER_TAKES));
    let signed = |key: &Key| (0..DISTINCT).map(|number| key.token(number)).collect::<Vec<_>>();
    let tokens = Arc::new([signed(&old), signed(&new)]);
    let number = Arc::new(AtomicUsize::new(0));
    verifier.verify(&tokens[0][0]).await.unwrap();

    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (verifier, tokens, number) = (verifier.clone(), tokens.clone(), number.clone());
        let (keys, new) = (keys.clone(), Key::es256(2));
        callers.spawn(async move {
            let (mut refused, mut times) = (0, Vec::new());
            loop {
                let number = number.fetch_add(1, Ordering::Relaxed);
                if number >= ROTATION_TOKENS {
                    return (refused, times);
                }
                if number == ROTATION_TOKENS / 2 {
                    keys.add(&new);
                }
                // Whoever rotates announces the key before it signs.
                let is_new = number > ROTATION_TOKENS / 2 + 8;
                let token = &tokens[usize::from(is_new)][number % DISTINCT];
                let began = Instant::now();
                let verified = verifier.verify(token).await;
                times.push(began.elapsed());
                refused += usize::from(verified.is_err());
                // As a server does, which waits for the next request.
                tokio::task::yield_now().await;
            }
        });
    }
    let (mut refused, mut times) = (0, Vec::new());
    for (of_caller, its_times) in callers.join_all().await {
        refused += of_caller;
        times.extend(its_times);
    }
    (refused, times)
}

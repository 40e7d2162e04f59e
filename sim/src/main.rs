//! `npm run sim`: runs the worlds of many seeds on all cores, and replays the first in which an
//! invariant is broken.

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use lexopt::{Arg, Parser, ValueExt};
use mimalloc::MiMalloc;
use portcullis_sim::{Counts, plot, run};

/// Worlds are made of many small pieces of memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USAGE: &str = "\
Usage: npm run sim -- [options]
  --seeds N   runs N seeds (default 10000)
  --from S    the first of them (default 0)
  --seed S    runs one seed and prints what happens, step by step
  --fleet F   lets a day of 1,000,000 clients pass and plots it as an SVG into the file F";

/// How many clients a fleet has.
const FLEET: u32 = 1_000_000;

/// How many seeds a thread takes at a time.
const BATCH: u64 = 500;

struct Options {
    seeds: u64,
    from: u64,
    seed: Option<u64>,
    fleet: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Some(file) = &options.fleet {
        return fleet(file);
    }
    if let Some(seed) = options.seed {
        return replay(seed);
    }
    run_all(options.from..options.from + options.seeds).map_or(ExitCode::SUCCESS, replay)
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options { seeds: 10_000, from: 0, seed: None, fleet: None };
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("seeds") => options.seeds = arguments.value()?.parse()?,
            Arg::Long("from") => options.from = arguments.value()?.parse()?,
            Arg::Long("seed") => options.seed = Some(arguments.value()?.parse()?),
            Arg::Long("fleet") => options.fleet = Some(arguments.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

/// Runs all seeds and gives the first that broke an invariant.
fn run_all(seeds: Range<u64>) -> Option<u64> {
    let began = now();
    let next = AtomicU64::new(seeds.start);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<(Counts, Vec<u64>)> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| run_batches(&next, seeds.end))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    let mut counts = Counts::default();
    for (of_thread, _) in &results {
        counts.add(of_thread);
    }
    let mut broken: Vec<u64> = results.into_iter().flat_map(|(_, broken)| broken).collect();
    broken.sort_unstable();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{} seeds in {seconds:.1} s on {threads} threads: {} broke an invariant\n{counts}",
        seeds.end - seeds.start,
        broken.len(),
    );
    for seed in &broken {
        if let Some(violation) = run(*seed, None, false).violation {
            println!("seed {seed}: {violation}");
        }
    }
    broken.first().copied()
}

fn run_batches(next: &AtomicU64, end: u64) -> (Counts, Vec<u64>) {
    let mut counts = Counts::default();
    let mut broken = Vec::new();
    loop {
        let start = next.fetch_add(BATCH, Ordering::Relaxed);
        if start >= end || broken.len() > 20 {
            return (counts, broken);
        }
        for seed in start..end.min(start + BATCH) {
            let outcome = run(seed, None, false);
            counts.add(&outcome.counts);
            if outcome.violation.is_some() {
                broken.push(seed);
            }
        }
    }
}

fn replay(seed: u64) -> ExitCode {
    let outcome = run(seed, None, true);
    // A trace that nobody reads to its end is fine.
    let _ = io::stdout().flush();
    println!("\nseed {seed}\n{}", outcome.counts);
    let Some(violation) = outcome.violation else {
        println!("every invariant holds");
        return ExitCode::SUCCESS;
    };
    println!("BROKEN {violation}");
    println!("replay it with: npm run sim -- --seed {seed}");
    ExitCode::FAILURE
}

fn fleet(file: &Path) -> ExitCode {
    match plot::plot(file, FLEET) {
        Ok(plot::Summary(rows)) => {
            println!(
                "lifetime | mean per second | peak / mean: steady, in the outage, after it, after 9:30"
            );
            print!("{rows}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the real machine took")]
fn now() -> Instant {
    Instant::now()
}

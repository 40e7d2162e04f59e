//! Every invariant holds, and each is seen to be checked: broken on purpose, it is caught.

use std::fmt::Write as _;

use portcullis_sim::{Sabotage, Violation, run};

/// The seeds that a sabotage has to be caught within.
const SEEDS: u64 = 3_000;

#[test]
fn every_invariant_holds() {
    let broken = (0..500).find_map(|seed| Some((seed, run(seed, None, false).violation?)));
    assert!(broken.is_none(), "{broken:?}");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 0..20 {
        let stories = [(); 2].map(|()| format!("{:?}", run(seed, None, false).counts));
        assert_eq!(stories[0], stories[1], "seed {seed}");
    }
}

#[test]
fn faults_strike_and_sessions_live_on() {
    let mut counts = portcullis_sim::Counts::default();
    (0..200).for_each(|seed| counts.add(&run(seed, None, false).counts));
    assert!(counts.sent_again > 100, "{counts}");
    assert!(counts.pages_lost > 200, "{counts}");
    assert!(counts.refreshes > 1_000, "{counts}");
    assert!(counts.renewed_silently > 10, "{counts}");
}

#[test]
fn each_invariant_is_caught_when_broken() {
    let mut missed = String::new();
    for (sabotage, invariant) in Sabotage::ALL {
        let is_it = |violation: &Violation| violation.invariant == invariant;
        let caught = (0..SEEDS)
            .find(|seed| run(*seed, Some(sabotage), false).violation.as_ref().is_some_and(is_it));
        match caught {
            Some(seed) => println!("{sabotage:?} breaks {invariant:?}: seed {seed}"),
            None => _ = writeln!(missed, "{sabotage:?} does not break {invariant:?}"),
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

//! The seeded simulation: the core against a simulated service, queue, disk, network and clock.
//!
//! One seed, one history. Every run makes its own faults (drops, delays, lost answers, duplicates,
//! crashes, reboots, sleep, rotation, a full disk) and checks the invariants after every step. A
//! failing seed prints the command that replays it:
//! `DESKBEAT_SIM_SEED=17 cargo test --test simulation -- --nocapture`
//! `DESKBEAT_SIM_RUNS=100000` runs more of them.

mod disk;
mod queue;
mod scenario;
mod service;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

const DEFAULT_RUNS: u64 = 3000;
/// After so many broken seeds the rest would tell nothing new.
const ENOUGH_TO_KNOW: usize = 12;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn every_seed_keeps_the_invariants() {
    let seeds = match number("DESKBEAT_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DESKBEAT_SIM_RUNS").unwrap_or(DEFAULT_RUNS),
    };
    let verbose = seeds.end - seeds.start == 1;
    let mut seen = scenario::Tally::default();
    let mut broken = Vec::new();
    for seed in seeds.clone() {
        match catch_unwind(AssertUnwindSafe(|| scenario::run(seed, verbose))) {
            Ok(tally) => seen.add(&tally),
            Err(_) => broken.push(seed),
        }
        if broken.len() == ENOUGH_TO_KNOW {
            break;
        }
    }
    for seed in &broken {
        println!("replay: DESKBEAT_SIM_SEED={seed} cargo test --test simulation -- --nocapture");
    }
    assert!(broken.is_empty(), "seeds {broken:?} broke an invariant; the lines above replay them");
    println!("{} runs: {seen:?}", seeds.end - seeds.start);
    if !verbose {
        // A simulation in which nothing happens proves nothing.
        seen.must_have_seen_everything();
    }
}

#[test]
fn a_seed_is_one_history() {
    for seed in [1, 22, 333] {
        assert_eq!(scenario::run(seed, false), scenario::run(seed, false), "seed {seed}");
    }
}

//! The seeded simulation: the core against a simulated service, queue, disk, network and clock.
//!
//! One seed, one history. Every run makes its own faults (drops, delays, lost answers, silent
//! connections, duplicates, crashes between any two commands, reboots, sleep, rotation, throttling, a
//! full disk, a journal of the version before, a clock that jumps, another desktop on the queue) and
//! checks the invariants after every step. A failing seed prints the command that replays it, step by step:
//! `DESKBEAT_SIM_SEED=17 cargo test --test it simulation -- --nocapture`
//! `tests/run histories` runs 100,000 of them.

mod agent;
mod cloud;
mod disk;
mod faults;
mod fleet;
mod invariants;
mod judge;
mod neighbour;
mod queue;
mod scenario;
mod secret;
mod service;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};

use judge::Tally;

const DEFAULT_RUNS: u64 = 2000;
/// After so many broken seeds the rest would tell nothing new.
const ENOUGH_TO_KNOW: usize = 12;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A broken invariant is one line; the replay tells the rest.
fn panic_in_one_line() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|info| eprintln!("{info}"))));
}

/// Lives through every seed on all cores; what was seen, and the seeds that broke an invariant.
fn live_through(seeds: std::ops::Range<u64>) -> (Tally, Vec<u64>) {
    let verbose = seeds.end - seeds.start == 1;
    let next = AtomicU64::new(seeds.start);
    let found = Mutex::new((Tally::default(), Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let enough = found.lock().unwrap().1.len() >= ENOUGH_TO_KNOW;
            if seed >= seeds.end || enough {
                return;
            }
            let run = catch_unwind(AssertUnwindSafe(|| scenario::run(seed, verbose)));
            let mut found = found.lock().unwrap();
            match run {
                Ok(tally) => found.0.add(&tally),
                Err(_) => {
                    println!(
                        "replay: DESKBEAT_SIM_SEED={seed} cargo test --test it simulation -- --nocapture"
                    );
                    found.1.push(seed);
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn every_seed_keeps_the_invariants() {
    panic_in_one_line();
    let seeds = match number("DESKBEAT_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DESKBEAT_HISTORIES").unwrap_or(DEFAULT_RUNS),
    };
    let (seen, broken) = live_through(seeds.clone());
    assert!(broken.is_empty(), "seeds {broken:?} broke an invariant; the lines above replay them");
    println!("{} runs: {seen:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start >= DEFAULT_RUNS {
        // A simulation in which nothing happens proves nothing.
        seen.must_have_seen_everything();
    }
}

#[test]
fn a_seed_is_one_history() {
    panic_in_one_line();
    for seed in [1, 22, 333] {
        assert_eq!(scenario::run(seed, false), scenario::run(seed, false), "seed {seed}");
    }
}

/// Every command of a history's first hundred is once the last that its agent carries out.
#[test]
fn a_crash_between_any_two_commands_loses_nothing() {
    panic_in_one_line();
    for seed in [3, 8] {
        for command in 1..=100 {
            scenario::run_dying(seed, command);
        }
    }
}

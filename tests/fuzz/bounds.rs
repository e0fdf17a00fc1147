//! What every target has: a bound on the memory that an input may take, and a folder in memory.

pub mod peer;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What an input may take beside a multiple of its own length: the clients of AWS, buffers.
const BASE: usize = 4 << 20;
/// An empty list costs 3 bytes of JSON and 32 of memory; a vector that grows holds both its halves,
/// and a body is unpacked up to 16 times.
const PER_BYTE: usize = 256;

/// The system's allocator, counting.
struct Counted;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

#[global_allocator]
static ALLOCATOR: Counted = Counted;

impl Counted {
    fn grown(&self, by: usize) {
        let live = LIVE.fetch_add(by, Ordering::Relaxed).saturating_add(by);
        if live > LIMIT.load(Ordering::Relaxed) {
            // The message may allocate.
            LIMIT.store(usize::MAX, Ordering::Relaxed);
            eprintln!("the input takes more memory than it may: {live} bytes are in use");
            std::process::abort();
        }
    }
}

// SAFETY: every call is passed on as it came; the counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.grown(layout.size());
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.grown(size);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` above, with this layout.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Runs `work` on an input of `length` bytes: more memory than such an input may take ends the
/// process, which libFuzzer reports as a crash.
pub fn bounded<T>(length: usize, work: impl FnOnce() -> T) -> T {
    let limit = LIVE.load(Ordering::Relaxed) + BASE + length * PER_BYTE;
    LIMIT.store(limit, Ordering::Relaxed);
    let done = work();
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    done
}

/// A new folder, in memory where the system has that: a disk would be what is measured.
pub fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("deskbeat-fuzz-").tempdir_in(parent).expect("a folder")
}

//! One agent a computer: a named mutex that all sessions of the computer see. It is gone with its
//! process, however that ends. Only its existence counts, and its owner; nobody ever waits for it.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, GetLastError};
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Threading::{CreateMutexW, OpenMutexW};

use crate::os::{Descriptor, Sid, owner_of_handle, wide};

const NAME: &str = r"Global\deskbeat-machine";
/// There beside it while the computer is a start-up's, which is done some time.
const STARTUP: &str = r"Global\deskbeat-startup";

/// This computer is ours for as long as it lives.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not used")] Vec<OwnedHandle>);

/// Claims the computer; `Ok(None)` where it is another agent's.
pub fn claim() -> io::Result<Option<Claim>> {
    Ok(made(NAME)?.map(|mutex| Claim(vec![mutex])))
}

/// The same for a start-up, which says so beside it.
pub fn claim_for_startup() -> io::Result<Option<Claim>> {
    let Some(mutex) = made(NAME)? else { return Ok(None) };
    let sign = made(STARTUP).ok().flatten();
    Ok(Some(Claim([mutex].into_iter().chain(sign).collect())))
}

/// True if whoever has the computer is a start-up.
pub fn is_startups() -> bool {
    owner_of(STARTUP).is_some_and(|owner| Some(owner) == owner_of(NAME))
}

/// A mutex of this name, if it is not there yet.
fn made(name: &str) -> io::Result<Option<OwnedHandle>> {
    let user = Sid::of_user()?;
    // Others may see that it is there and whose it is (RC: read control).
    let rights = Descriptor::parse(&format!("O:{user}D:P(A;;GA;;;{user})(A;;RC;;;WD)"))?;
    let name = wide(name);
    // SAFETY: the attributes point into `rights`, which lives on; the name ends with a zero.
    let (handle, error) = unsafe {
        let handle = CreateMutexW(&rights.attributes(), 0, name.as_ptr());
        (handle, GetLastError())
    };
    if handle.is_null() {
        return match error {
            ERROR_ACCESS_DENIED => Ok(None),
            error => Err(io::Error::from_raw_os_error(error as i32)),
        };
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let mutex = unsafe { OwnedHandle::from_raw_handle(handle) };
    Ok((error != ERROR_ALREADY_EXISTS).then_some(mutex))
}

/// Whose agent has the computer: a user's name, or a security identifier without one.
pub fn owner() -> Option<String> {
    holder().map(|owner| owner.name().unwrap_or_else(|| owner.to_string()))
}

/// The process of the agent that has the computer; a mutex does not tell.
pub fn owner_process() -> Option<u32> {
    None
}

/// Whose agent has the computer.
pub(super) fn holder() -> Option<Sid> {
    owner_of(NAME)
}

fn owner_of(name: &str) -> Option<Sid> {
    let name = wide(name);
    // SAFETY: the name ends with a zero.
    let handle = unsafe { OpenMutexW(READ_CONTROL, 0, name.as_ptr()) };
    if handle.is_null() {
        return None;
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let mutex = unsafe { OwnedHandle::from_raw_handle(handle) };
    owner_of_handle(&mutex).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_claim_at_a_time_and_anybody_sees_whose_it_is() {
        let first = claim().unwrap().unwrap();
        assert!(claim().unwrap().is_none());
        let me = std::env::var("USERNAME").unwrap();
        assert_eq!(owner(), Some(me));
        drop(first);
        assert_eq!(owner(), None);
        assert!(claim().unwrap().is_some());
    }

    #[test]
    fn a_start_up_is_told_apart_from_an_agent() {
        let startup = claim_for_startup().unwrap().unwrap();
        assert!(is_startups() && claim().unwrap().is_none());
        drop(startup);
        let agent = claim().unwrap().unwrap();
        assert!(!is_startups());
        drop(agent);
    }
}

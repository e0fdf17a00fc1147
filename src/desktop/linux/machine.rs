//! One agent a computer: an abstract socket that only one process can be bound to, and whose owner
//! anybody can see. It is gone with its process, however that ends.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use rustix::net::sockopt::socket_peercred;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, UCred, connect, socket_with,
};

const NAME: &[u8] = b"deskbeat-machine";

/// This computer is ours for as long as it lives.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not used")] UnixListener);

/// Claims the computer; `Ok(None)` where it is another agent's.
pub fn claim() -> io::Result<Option<Claim>> {
    match UnixListener::bind_addr(&SocketAddr::from_abstract_name(NAME)?) {
        Ok(listener) => Ok(Some(Claim(listener))),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whose agent has the computer: a user's name or number. `None` where it cannot be told at once.
pub fn owner() -> Option<String> {
    let uid = credentials()?.uid.as_raw();
    Some(name_of(uid).unwrap_or_else(|| format!("user {uid}")))
}

/// The process of the agent that has the computer.
pub fn owner_process() -> Option<u32> {
    Some(credentials()?.pid.as_raw_pid().cast_unsigned())
}

/// Nobody takes our connection there, so it must not be waited for.
fn credentials() -> Option<UCred> {
    let address = SocketAddrUnix::new_abstract_name(NAME).ok()?;
    let (kind, flags) = (SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC);
    let socket = socket_with(AddressFamily::UNIX, kind, flags, None).ok()?;
    connect(&socket, &address).ok()?;
    socket_peercred(&socket).ok()
}

/// From the passwd file; a user of a directory service goes by number.
fn name_of(uid: u32) -> Option<String> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

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
/// Bound beside it while the computer is a start-up's, which is done some time.
const STARTUP: &[u8] = b"deskbeat-startup";

/// This computer is ours for as long as it lives.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not used")] Vec<UnixListener>);

/// Claims the computer; `Ok(None)` where it is another agent's.
pub fn claim() -> io::Result<Option<Claim>> {
    Ok(bound(NAME)?.map(|listener| Claim(vec![listener])))
}

/// The same for a start-up, which says so beside it.
pub fn claim_for_startup() -> io::Result<Option<Claim>> {
    let Some(listener) = bound(NAME)? else { return Ok(None) };
    // Somebody who has that name already only makes others read that a start-up is under way, which
    // it is.
    let sign = bound(STARTUP).ok().flatten();
    Ok(Some(Claim([listener].into_iter().chain(sign).collect())))
}

fn bound(name: &[u8]) -> io::Result<Option<UnixListener>> {
    match UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error),
    }
}

/// True if whoever has the computer is a start-up. Looked up, since each question to the socket itself
/// would be a connection that nobody takes.
pub fn is_startups() -> bool {
    // Source: unix(7), proc(5): a name's zero is shown as @.
    let sockets = std::fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let name = format!(" @{}", String::from_utf8_lossy(STARTUP));
    sockets.lines().any(|line| line.ends_with(&name))
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

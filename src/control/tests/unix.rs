//! The socket itself: rights, what a dead agent leaves, other users.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::*;

fn bind(folder: &Path) -> Result<Listener, BindError> {
    let runtime = runtime().build().unwrap();
    let _inside = runtime.enter();
    Listener::bind(folder)
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

#[test]
fn the_socket_is_for_its_user_only_and_goes_with_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let listener = bind(&state).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&state), mode(&socket(&state))], [0o700, 0o600]);
    drop(listener);
    assert!(!socket(&state).exists());
    bind(&state).unwrap();
}

#[test]
fn a_dead_agents_socket_is_no_agent_and_is_replaced() {
    run(async |agent| {
        let dead = tempfile::tempdir().unwrap();
        // As kill -9 leaves it: nobody listens, and the id in the lock is a stranger's.
        drop(UnixListener::bind(socket(dead.path())).unwrap());
        fs::write(dead.path().join("control.lock"), "1\n").unwrap();
        let problem = Client::connect(dead.path()).await.unwrap_err();
        assert!(matches!(problem, ConnectError::NotRunning { .. }), "{problem:?}");
        let _listener = Listener::bind(dead.path()).unwrap();
        assert!(Client::connect(dead.path()).await.is_ok());
        assert!(agent.client().await.view().await.is_ok());
    });
}

#[test]
fn somebody_who_listens_without_the_lock_is_not_pushed_aside() {
    let folder = tempfile::tempdir().unwrap();
    let _living = UnixListener::bind(socket(folder.path())).unwrap();
    let problem = bind(folder.path()).unwrap_err();
    assert!(matches!(problem, BindError::AlreadyRunning { pid: None }), "{problem:?}");
    assert!(socket(folder.path()).exists());
}

#[test]
fn what_is_no_socket_is_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(socket(folder.path()), "notes").unwrap();
    let problem = bind(folder.path()).unwrap_err();
    assert!(matches!(problem, BindError::InTheWay { .. }), "{problem:?}");
    assert!(problem.to_string().contains("control.sock"), "{problem}");
    assert_eq!(fs::read_to_string(socket(folder.path())).unwrap(), "notes");
}

#[test]
fn a_folder_with_a_path_too_long_for_a_socket_works_as_well() {
    run(async |agent| {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(100)).join("y".repeat(100));
        let listener = Listener::bind(&long).unwrap();
        assert!(matches!(Listener::bind(&long), Err(BindError::AlreadyRunning { pid: Some(_) })));
        assert!(Client::connect(&long).await.is_ok());
        drop(listener);
        assert!(Client::connect(&long).await.is_err());
        assert!(agent.client().await.view().await.is_ok());
    });
}

/// Runs a line of Perl as another user; `None` where we may not (only root may).
fn as_another_user(script: &str, socket: &Path) -> Option<std::process::Child> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let script = format!("use IO::Socket::UNIX; use strict; $| = 1; {script}");
    let mut perl = Command::new("perl");
    perl.arg("-e").arg(script).arg(socket).uid(12_345).gid(12_345).stdout(Stdio::piped());
    Some(perl.spawn().unwrap())
}

#[test]
fn another_user_who_gets_as_far_as_the_socket_is_not_answered() {
    run(async |agent| {
        // As if the rights had been opened by hand.
        fs::set_permissions(agent.folder(), fs::Permissions::from_mode(0o755)).unwrap();
        let socket = socket(agent.folder());
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
        let Some(other) = as_another_user(
            r#"my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!";
               $SIG{PIPE} = "IGNORE"; print $s "{\"v\":1,\"call\":\"view\"}\n"; print "got:", <$s>"#,
            &socket,
        ) else {
            return;
        };
        let output =
            tokio::task::spawn_blocking(|| other.wait_with_output().unwrap()).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "got:");
        assert_eq!(agent.pretence.views.get(), 0);
        assert!(agent.client().await.view().await.is_ok());
    });
}

#[test]
fn a_socket_of_another_user_is_not_trusted() {
    run(async |agent| {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let socket = socket(folder.path());
        let Some(mut other) = as_another_user(
            r#"my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die "$!";
               print "listening\n"; my $c = $s->accept; <$c>"#,
            &socket,
        ) else {
            return;
        };
        let mut output = other.stdout.take().unwrap();
        let ready = tokio::task::spawn_blocking(move || {
            let mut first = [0; 9];
            std::io::Read::read_exact(&mut output, &mut first).unwrap();
            first
        });
        assert_eq!(&ready.await.unwrap(), b"listening");
        let problem = Client::connect(folder.path()).await.unwrap_err();
        assert!(matches!(problem, ConnectError::NotYours { .. }), "{problem:?}");
        assert!(problem.to_string().contains("another user's"), "{problem}");
        other.wait().unwrap();
        assert!(agent.client().await.view().await.is_ok());
    });
}

#[test]
fn a_socket_that_was_removed_with_its_folder_comes_back() {
    // tokio's paused time moves on by itself when all wait.
    let runtime = runtime().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let agent = Agent::start(Clock::system());
        fs::remove_dir_all(agent.folder()).unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        assert!(agent.client().await.view().await.is_ok());
        let mode = fs::metadata(agent.folder()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700);
        assert!(matches!(Listener::bind(agent.folder()), Err(BindError::AlreadyRunning { .. })));
    });
}

#[test]
fn a_planted_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    std::os::unix::fs::symlink(&victim, state.join("control.lock")).unwrap();
    assert!(bind(&state).is_err());
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}

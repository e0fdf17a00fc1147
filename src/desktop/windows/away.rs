//! Whether anybody is here: the last input, and whether a screen is connected to this session.
//!
//! Both are asked for rather than subscribed to: Windows tells of neither idleness, nor of the
//! disconnect that came before we listened. CPU load says nothing about people and is never used.
//! Amazon DCV shares the console session, which stays connected: there only `idle` works.

use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SESSION, WTSConnectState, WTSDisconnected, WTSFreeMemory,
    WTSQuerySessionInformationW,
};
use windows_sys::Win32::System::SystemInformation::GetTickCount;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{GetLastInputInfo, LASTINPUTINFO};

use crate::agent::link::Link;
use crate::clock::Clock;
use crate::desktop::Patience;
use crate::desktop::presence::Presence;
use crate::session::Event;
use crate::session::interface::event::AwayKind;

/// Between two looks while the user is there.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two looks while the user is away: a return stops a countdown that is running.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Reports `Event::Away` for as long as it is polled.
pub async fn watch(link: Link, patience: Patience, clock: Clock) {
    let (mut idle, mut disconnected) = (false, false);
    let (mut at_the_keys, mut connected) = (Presence::default(), Presence::default());
    let mut gone_since = None;
    if patience.idle.is_none() && patience.disconnected.is_none() {
        return std::future::pending().await;
    }
    loop {
        let Ok(view) = link.view().await else { return };
        let now = clock.now().mono;
        let mut changes = Vec::new();
        if let Some(patience) = patience.idle {
            let away = at_the_keys.counts(&view, now, without_input()) >= patience;
            changes.push((&mut idle, AwayKind::Idle, away));
        }
        if let Some(patience) = patience.disconnected {
            gone_since = is_disconnected().then(|| gone_since.unwrap_or(now));
            let gone = gone_since.map_or(Duration::ZERO, |since| since.until(now));
            let away = connected.counts(&view, now, gone) >= patience;
            changes.push((&mut disconnected, AwayKind::Disconnected, away));
        }
        for (told, kind, away) in changes {
            if std::mem::replace(told, away) != away
                && link.report(Event::Away(kind, away)).is_err()
            {
                return;
            }
        }
        clock.pause(if idle || disconnected { LOOK_AGAIN } else { LOOK_EVERY }).await;
    }
}

/// How long this session has had no input; zero if Windows does not say.
fn without_input() -> Duration {
    let mut last =
        LASTINPUTINFO { cbSize: size_of::<LASTINPUTINFO>() as u32, ..LASTINPUTINFO::default() };
    // SAFETY: the structure is live and says its size.
    if unsafe { GetLastInputInfo(&mut last) } == 0 {
        return Duration::ZERO;
    }
    // SAFETY: no pointers.
    let now = unsafe { GetTickCount() };
    // Both start over after 49.7 days.
    Duration::from_millis(u64::from(now.wrapping_sub(last.dwTime)))
}

/// True if no screen shows this session.
fn is_disconnected() -> bool {
    let (mut state, mut bytes) = (ptr::null_mut(), 0);
    // SAFETY: null is this server; the others are out parameters.
    let told = unsafe {
        WTSQuerySessionInformationW(
            ptr::null_mut(),
            WTS_CURRENT_SESSION,
            WTSConnectState,
            &mut state,
            &mut bytes,
        )
    };
    if told == 0 || state.is_null() {
        return false;
    }
    // SAFETY: for this class the buffer holds a WTS_CONNECTSTATE_CLASS, which is an i32.
    let disconnected = unsafe { state.cast::<i32>().read_unaligned() } == WTSDisconnected;
    // SAFETY: the buffer came from the call above and is not used again.
    unsafe { WTSFreeMemory(state.cast()) };
    disconnected
}

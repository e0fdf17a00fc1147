//! The page, made from views and histories; no screen.

use std::time::Duration;

use jiff::Timestamp;

use super::model::{AgentReach, Page, PageAct, WindowData, page, unchanged_for};
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::status::{Closing, Countdown};
use crate::session::{AfterEnd, Request, State, View};
use crate::ui::dialog::Question;
use crate::ui::history::{Happening, HappeningKind, History, Slot};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

/// A session of eight hours, an hour old at `at(3600)`.
fn view() -> View {
    View {
        state: State::Active,
        sentence: "Your session is active.".into(),
        session_id: Some("s-1".into()),
        user: Some("alice".into()),
        started_at: Some(at(0)),
        ends_at: Some(at(28_800)),
        last_beat_at: Some(at(3590)),
        session_remaining_seconds: Some(25_200),
        session_remaining_share: Some(0.875),
        beats: 180,
        extend_refusal: None,
        ..View::without_session("".into())
    }
}

fn known(view: View) -> WindowData {
    WindowData { view: Some((view, at(3600))), agent: AgentReach::There, ..WindowData::default() }
}

fn shown(view: View) -> Page {
    page(&known(view), at(3600))
}

fn enabled(page: &Page) -> Vec<&str> {
    let buttons = page.buttons.iter().filter(|button| button.enabled);
    buttons.map(|button| button.label.as_str()).collect()
}

#[test]
fn the_time_left_goes_on_without_the_agent() {
    let known = known(view());
    let left = |seconds| page(&known, at(seconds)).left.unwrap();
    assert_eq!(left(3600).words, "7 h left");
    assert!((left(3600).share - 0.875).abs() < 0.001);
    assert_eq!(left(3600 + 12_600).words, "3 h 30 min left");
    assert!((left(3600 + 12_600).share - 0.4375).abs() < 0.001);
    assert_eq!(left(28_800 - 10).words, "10 s left");
    assert_eq!(left(40_000).words, "0 s left");
}

#[test]
fn nothing_is_drawn_before_something_changes() {
    let known_now = known(view());
    // Whole minutes, far from the end; seconds, close to it.
    assert_eq!(unchanged_for(&known_now, at(3600)), Some(Duration::from_secs(1)));
    assert_eq!(unchanged_for(&known_now, at(3601)), Some(Duration::from_secs(60)));
    assert_eq!(unchanged_for(&known_now, at(28_700)), Some(Duration::from_secs(1)));
    let waiting =
        View { state: State::Waiting, started_at: None, ..View::without_session("w".into()) };
    assert_eq!(unchanged_for(&known(waiting), at(3600)), None);
    assert_eq!(unchanged_for(&WindowData::default(), at(0)), None);
}

#[test]
fn the_end_is_asked_only_of_a_session_that_lives() {
    let all = ["Ask for more time", "Copy diagnostics", "End session…"];
    for state in State::ALL {
        let page = shown(View { state, ..view() });
        let lives = matches!(state, State::Active | State::AtRisk);
        let expected = if lives { all.as_slice() } else { &all[1..2] };
        assert_eq!(enabled(&page), expected, "{state:?}");
        assert!(!page.state_word.is_empty());
    }
    let refused = View { extend_refusal: Some("This workflow offers none.".into()), ..view() };
    let page = shown(refused);
    assert_eq!(enabled(&page), all[1..]);
    assert_eq!(page.buttons[0].hint, "This workflow offers none.");
}

#[test]
fn a_countdown_asks_and_its_first_button_is_the_safe_one() {
    let countdown = |reason, can_stay| {
        let countdown = Some(Countdown { reason, at: at(3690), can_stay });
        shown(View { countdown, ..view() }).question.unwrap()
    };
    let idle = countdown(Reason::Idle, true);
    assert_eq!(idle.title, "Your session ends in 1 min 30 s");
    assert_eq!(idle.buttons[0].act, PageAct::Request(Request::StillHere));
    assert_eq!(idle.buttons.len(), 1);
    let up = countdown(Reason::TimeUp, false);
    assert_eq!(up.buttons[0].act, PageAct::Request(Request::Extend));
    assert!(countdown(Reason::Remote, false).buttons.is_empty());
}

#[test]
fn a_stuck_close_offers_to_try_again_first() {
    let stuck = |after_end| {
        let closing = Closing {
            outcome: Outcome::Ended,
            reason: Reason::User,
            attempts: 3,
            problem: Some("AWS cannot be reached; check the network".into()),
            accepted_at: None,
            request_id: None,
            after_end,
        };
        shown(View { state: State::Ending, closing: Some(closing), ..view() }).question.unwrap()
    };
    let asked = stuck(AfterEnd::Shutdown);
    assert!(asked.text.contains("AWS cannot be reached; check the network."), "{}", asked.text);
    let acts: Vec<_> = asked.buttons.iter().map(|button| button.act.clone()).collect();
    assert_eq!(
        acts,
        [PageAct::Request(Request::TryAgain), PageAct::Request(Request::ShutDownAnyway)]
    );
    assert_eq!(stuck(AfterEnd::None).buttons.len(), 1);
}

#[test]
fn the_plot_counts_every_heartbeat_once() {
    let beats = (0..60).map(|minute| Slot {
        at: at(minute * 60),
        accepted: 3,
        failed: u32::from(minute == 30),
    });
    let happened = vec![
        Happening { at: at(10), kind: HappeningKind::Good, text: "Began.".into() },
        Happening { at: at(1800), kind: HappeningKind::Renewed, text: "Renewed.".into() },
        Happening {
            at: at(1805),
            kind: HappeningKind::Trouble,
            text: "A heartbeat failed.".into(),
        },
    ];
    let history = History { slot_seconds: 60, beats: beats.collect(), happened };
    for seconds in [3600, 30_000, 400_000] {
        let known = WindowData { history: history.clone(), ..known(view()) };
        let plot = page(&known, at(seconds)).plot.unwrap();
        assert!(plot.columns.len() <= 82, "{}", plot.columns.len());
        let accepted: u32 = plot.columns.iter().map(|column| column.accepted).sum();
        let failed: u32 = plot.columns.iter().map(|column| column.failed).sum();
        assert_eq!((accepted, failed), (180, 1), "{seconds}");
        let marked = plot.columns.iter().find(|column| column.failed > 0).unwrap();
        assert_eq!(marked.mark, Some(HappeningKind::Trouble));
        assert!(marked.words.contains("1 failed") && marked.words.contains("Renewed."));
    }
}

#[test]
fn without_an_agent_nothing_is_claimed_of_the_session() {
    let mut known = known(view());
    known.agent = AgentReach::Lost;
    let lost = page(&known, at(3600));
    assert_eq!((lost.state, lost.left, lost.plot), (None, None, None));
    assert_eq!(enabled(&page(&known, at(3600))), ["Copy diagnostics"]);
    known.agent = AgentReach::NotRunning;
    assert_eq!(enabled(&page(&known, at(3600))), ["Start Deskbeat", "Copy diagnostics"]);
}

#[test]
fn the_end_is_confirmed_with_the_time_that_is_given_up() {
    let dialog = Question::End { after_end: AfterEnd::Shutdown }.dialog(Some("7 h"));
    assert!(dialog.text.ends_with("You still have 7 h left."), "{}", dialog.text);
    assert!(dialog.text.contains("this computer will shut down"));
}

#[test]
fn an_error_of_the_display_tells_nothing_of_winits_source() {
    for (told, plain) in [
        (
            "os error at /home/b/.cargo/registry/src/x/winit-0.30.13/src/platform_impl/linux/mod.rs:765: \
             DISPLAY is not set; note: enable the `winit/wayland` feature to support Wayland",
            "DISPLAY is not set",
        ),
        (
            r"os error at C:\b\winit\src\window.rs:12: neither WAYLAND_DISPLAY nor DISPLAY is set.",
            "neither WAYLAND_DISPLAY nor DISPLAY is set",
        ),
        ("a surface: too large", "a surface: too large"),
        ("no platform.\nDisplay handle: Xlib(7)", "no platform"),
    ] {
        assert_eq!(super::without_source(&told), plain);
    }
}

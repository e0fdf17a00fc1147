//! The tray as data, in each state.

use crate::session::contract::output::Reason;
use crate::session::contract::status::Countdown;
use crate::ui::menu::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

fn view(state: State) -> View {
    View {
        state,
        extend_refusal: None,
        ends_at: Some(at("2026-11-24T15:20:30Z")),
        session_remaining_seconds: Some(3 * 3600 + 20 * 60 + 30),
        session_remaining_share: Some(0.4),
        window_remaining_seconds: Some(200),
        last_beat_at: Some(at("2026-11-24T11:59:00Z")),
        ..View::without_session("The sentence.".into())
    }
}

fn labels(look: &Look) -> Vec<(String, bool)> {
    look.menu
        .iter()
        .map(|row| match row {
            Row::Status(text) => (text.clone(), false),
            Row::Separator => ("-".into(), false),
            Row::Choice { label, enabled, .. } => (label.clone(), *enabled),
        })
        .collect()
}

#[test]
fn the_first_row_carries_the_sentence_for_panels_without_tooltips() {
    for state in State::ALL {
        let look = look(&view(state), now());
        assert_eq!(look.menu[0], Row::Status("The sentence.".into()));
        assert!(look.tooltip.starts_with("The sentence."), "{}", look.tooltip);
    }
}

#[test]
fn a_living_session_can_be_ended_and_extended_and_no_other() {
    for state in State::ALL {
        let labels = labels(&look(&view(state), now()));
        let enabled = |label: &str| labels.iter().any(|(text, on)| text == label && *on);
        let lives = matches!(state, State::Active | State::AtRisk);
        assert_eq!(enabled("End session…"), lives, "{state:?}");
        assert_eq!(enabled("Ask for more time"), lives, "{state:?}");
    }
}

#[test]
fn more_time_that_is_not_offered_is_grey_and_says_why() {
    let refused = View { extend_refusal: Some("No.".into()), ..view(State::Active) };
    let labels = labels(&look(&refused, now()));
    let more = labels.iter().find(|(text, _)| text.starts_with("Ask for more time")).unwrap();
    assert!(!more.1 && more.0.contains("not offered"), "{more:?}");
}

#[test]
fn nothing_changes_within_a_minute_of_a_long_session() {
    let later = View {
        session_remaining_seconds: Some(3 * 3600 + 20 * 60 + 1),
        window_remaining_seconds: Some(171),
        ..view(State::Active)
    };
    let in_29_seconds = at("2026-11-24T12:00:29Z");
    assert_eq!(look(&view(State::Active), now()), look(&later, in_29_seconds));
}

#[test]
fn at_risk_shows_both_clocks() {
    let look = look(&view(State::AtRisk), now());
    assert!(look.tooltip.contains("3 h 20 min left"), "{}", look.tooltip);
    assert!(look.tooltip.contains("AWS gives up in 3 min 20 s."), "{}", look.tooltip);
}

#[test]
fn a_tooltip_fits_windows_whatever_is_in_it() {
    let long = View { sentence: text::fit("ä".repeat(127)).into(), ..view(State::AtRisk) };
    assert!(units(&look(&long, now()).tooltip) <= text::MAX_SENTENCE_UNITS);
}

#[test]
fn a_countdown_that_can_be_called_off_offers_it() {
    let counting = |can_stay| View {
        countdown: Some(Countdown { reason: Reason::Idle, at: now(), can_stay }),
        ..view(State::Active)
    };
    let offers =
        |view: &View| labels(&look(view, now())).iter().any(|(l, _)| l == "I'm still here");
    assert!(offers(&counting(true)) && !offers(&counting(false)));
}

#[test]
fn a_session_that_is_about_to_end_by_itself_is_not_shown_as_well() {
    let countdown = Countdown { reason: Reason::Idle, at: now(), can_stay: true };
    let counting = View { countdown: Some(countdown), ..view(State::Active) };
    let shown = look(&counting, now());
    assert_eq!(shown.state, State::AtRisk);
    // The session's own end does not matter any more, and would be taken for the countdown's.
    assert!(shown.tooltip.contains("Ends by itself at"), "{}", shown.tooltip);
    assert!(!shown.tooltip.contains("left"), "{}", shown.tooltip);
    assert_eq!(look(&view(State::Active), now()).state, State::Active);
}

#[test]
fn each_clock_of_a_tooltip_says_what_it_is_of() {
    let tooltip = look(&view(State::AtRisk), now()).tooltip;
    assert!(tooltip.contains("AWS gives up in 3 min 20 s. Session: 3 h"), "{tooltip}");
}

#[test]
fn only_a_session_that_lives_has_a_ring() {
    for state in State::ALL {
        let lives = matches!(state, State::Active | State::AtRisk | State::Ending);
        assert_eq!(look(&view(state), now()).ring.is_some(), lives, "{state:?}");
    }
}

fn active(left: u64) -> View {
    View {
        session_remaining_seconds: Some(left),
        session_remaining_share: Some(left as f64 / 28_800.0),
        ends_at: Some(now() + Duration::from_secs(28_800)),
        ..view(State::Active)
    }
}

#[test]
fn the_look_is_not_looked_at_before_it_can_change() {
    let look_at = |left: u64| {
        look(&active(left), now() + Duration::from_secs(28_800) - Duration::from_secs(left))
    };
    for left in 300..=28_800 {
        let still = unchanged_for(&active(left)).as_secs();
        assert!(still <= 60, "{left}");
        assert_eq!(look_at(left), look_at(left - still.saturating_sub(1)), "{left}");
    }
    // Seconds are shown.
    assert_eq!(unchanged_for(&active(299)), Duration::ZERO);
}

#[test]
fn every_look_is_looked_at_each_minute() {
    for state in State::ALL {
        let still = unchanged_for(&View { state, ..active(20_000) });
        assert!(still <= Duration::from_secs(60), "{state:?}");
    }
}

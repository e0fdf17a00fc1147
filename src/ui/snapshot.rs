//! Every word that the session gives to people, in one file that a reviewer reads: each state with each
//! cause of it, as status, tooltip and menu show it; each notification; each dialog.
//! After a wanted change: `DESKBEAT_WRITE_SNAPSHOTS=1 cargo nextest run words_are`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use crate::session::contract::output::Reason;
use crate::session::interface::event::AnnouncementKind;
use crate::session::tests::view::every_view;
use crate::session::words::said::Said;
use crate::session::words::text;
use crate::session::{AfterEnd, Notification};
use crate::ui::dialog::{self, Dialog};
use crate::ui::language::{Language, Manner, spoken_in};
use crate::ui::menu::{Row, look};
use crate::ui::notification::{attention, notice};
use crate::ui::status::describe;
use crate::ui::texts;
use crate::ui::times::told;

#[test]
fn all_words_are_those_of_the_snapshot() {
    check("texts.txt", &[states(), notifications(), dialogs()].concat());
}

#[test]
fn all_words_are_those_of_each_languages_snapshot() {
    for language in Language::ALL.into_iter().skip(1) {
        let manner = Manner { language, has_half_days: false };
        let words = spoken_in(manner, || [states(), notifications(), dialogs()].concat());
        check(&format!("texts.{}.txt", language.tag()), &once(&words));
    }
}

/// Each text once: what English says under which state, its own snapshot tells.
fn once(words: &str) -> String {
    let bare = |line: &str| {
        let line = line.trim_start_matches("tooltip: ").trim_start_matches("menu: ");
        line.trim_matches(['[', ']', '(', ')', '*', ' ']).to_owned()
    };
    let mut seen = HashSet::new();
    let lines = words.lines().filter(|line| !line.starts_with("=="));
    let lines: Vec<&str> = lines.filter(|line| seen.insert(bare(line))).collect();
    lines.join("\n") + "\n"
}

#[test]
fn no_language_says_more_than_a_tooltip_shows() {
    for language in Language::ALL {
        let manner = Manner { language, has_half_days: false };
        for (cause, view) in every_view() {
            let said = spoken_in(manner, || told(&view.sentence, now()));
            let units = said.encode_utf16().count();
            assert!(units <= text::MAX_SENTENCE_UNITS, "{units} ({cause}): {said}");
        }
    }
}

/// Every text, with whatever its arguments may be, is said without an error in every language.
#[test]
fn no_language_stumbles_over_its_own_grammar() {
    for language in Language::ALL {
        for count in [0u64, 1, 2, 5, 11, 100] {
            for id in ["heartbeats", "notice-time-left", "beats-accepted", "beats-failed"] {
                let args = ["count", "minutes", "accepted", "failed"].map(|it| (it, count.into()));
                let mut errors = Vec::new();
                let said = Said::new(id, args);
                let words = language.catalog().checked(&said, &|at| at.to_string(), &mut errors);
                assert!(errors.is_empty(), "{language:?}: {errors:?}");
                assert!(words.unwrap().contains(&count.to_string()), "{language:?}: {id}");
            }
        }
    }
}

fn check(file: &str, words: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(file);
    if std::env::var_os("DESKBEAT_WRITE_SNAPSHOTS").is_some() {
        std::fs::write(&path, words).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    let mut lines = words.lines().zip(reviewed.lines()).enumerate();
    if let Some((at, (now, then))) = lines.find(|(_, (now, then))| now != then) {
        panic!("{}:{}: `{then}` is now `{now}`", path.display(), at + 1);
    }
    assert_eq!(words.lines().count(), reviewed.lines().count(), "in {}", path.display());
}

fn now() -> Timestamp {
    "2026-11-24T09:05:00Z".parse().unwrap()
}

fn states() -> String {
    let mut text = String::new();
    for (cause, view) in every_view() {
        let shown = look(&view, now());
        let _ = writeln!(text, "== {} ({cause})", texts::state(shown.state));
        let _ = write!(text, "{}", describe(&view, now()));
        let _ = writeln!(text, "tooltip: {}", shown.tooltip);
        for row in shown.menu {
            match row {
                Row::Status(words) => _ = writeln!(text, "menu: {words}"),
                Row::Separator => text += "menu: ---\n",
                Row::Choice { label, enabled: true, .. } => _ = writeln!(text, "menu: [{label}]"),
                Row::Choice { label, .. } => _ = writeln!(text, "menu: ({label})"),
            }
        }
        text += "\n";
    }
    text
}

fn reasons() -> [Reason; 9] {
    use Reason::*;
    [User, OsShutdown, Logoff, Idle, Disconnected, Remote, TimeUp, Spot, Failure]
}

fn notifications() -> String {
    let at = now() + jiff::SignedDuration::from_mins(30);
    let later = now() + jiff::SignedDuration::from_hours(20);
    let mut all = vec![
        Notification::Started { ends_at: None },
        Notification::Started { ends_at: Some(at) },
        Notification::AtRisk { gives_up_at: at, cause: "AWS cannot be reached".into() },
        Notification::Recovered,
        Notification::TimeLeft { minutes: 30, ends_at: at, extendable: true },
        Notification::TimeLeft { minutes: 1, ends_at: at, extendable: false },
        Notification::Text("What the administrator wrote.".into()),
        Notification::Unhealthy("Port 8443 (DCV) does not answer.".into()),
        Notification::CloseStuck("AWS cannot be reached; check the network".into()),
        Notification::Extended { ends_at: Some(later) },
        Notification::Extended { ends_at: None },
        Notification::EndedElsewhere,
        Notification::AfterEndRefused("this user may not shut the computer down".into()),
    ];
    for kind in [
        AnnouncementKind::Spot,
        AnnouncementKind::Rebalance,
        AnnouncementKind::Maintenance,
        AnnouncementKind::ScaleIn,
    ] {
        all.push(Notification::Announced { kind, at: None, text: None });
        let text = Some("AWS's words".into());
        all.push(Notification::Announced { kind, at: Some(at), text });
    }
    for reason in reasons() {
        all.push(Notification::Closed { reason });
        for can_stay in [true, false] {
            all.push(Notification::Countdown { reason, at, can_stay });
        }
    }
    let notices =
        all.iter().map(|one| notice(one, now())).chain([attention(&"What to mend.".into(), now())]);
    notices.fold(String::new(), |mut text, notice| {
        let _ = writeln!(text, "== notification {:?}, {:?}", notice.subject, notice.urgency);
        let _ = writeln!(text, "{}\n{}\n", notice.title, notice.body);
        text
    })
}

fn dialogs() -> String {
    let mut all = vec![dialog::about()];
    for after_end in [AfterEnd::None, AfterEnd::Logoff, AfterEnd::Shutdown] {
        all.push(dialog::end(after_end));
        all.push(dialog::stuck("AWS cannot be reached; check the network", after_end));
    }
    all.iter().fold(String::new(), |mut text, Dialog { title, text: words, buttons, safe }| {
        let _ = writeln!(text, "== dialog\n{title}\n{words}");
        for button in buttons {
            let mark = if button.answer == *safe { "*" } else { " " };
            let _ = writeln!(text, "{mark}[{}]", button.label);
        }
        text += "\n";
        text
    })
}

//! A notification as notify-rust has it, for both systems: what is said, with which weight.
//!
//! What only tells is shown by notify-rust itself; what asks needs ears that notify-rust has not, and
//! is the platform's.

use notify_rust::{Notification, Timeout, Urgency as Weight};

use crate::ui::notification::{Notice, Urgency};

/// More than a session shows. Beyond that the oldest cannot be taken back any more.
pub(super) const KEPT: usize = 32;

/// `notice` to be shown, without buttons.
pub(super) fn notification(notice: &Notice) -> Notification {
    let mut made = Notification::new();
    made.appname("Deskbeat").summary(&notice.title).body(&notice.body).icon("deskbeat");
    let (weight, stays) = match notice.urgency {
        Urgency::Low => (Weight::Low, Timeout::Default),
        Urgency::Normal => (Weight::Normal, Timeout::Default),
        // Until it was seen.
        Urgency::Critical => (Weight::Critical, Timeout::Never),
    };
    made.urgency(weight).timeout(stays);
    made
}

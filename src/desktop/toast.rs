//! A notification as the XML that Windows shows as a toast. Plain text, so that it is tested anywhere.
//!
//! Source: Microsoft, "Toast content schema".

use crate::ui::notification::{Notice, Urgency};

/// What a click on the button tells; a click on the toast itself tells nothing.
pub(super) const BUTTON: &str = "button";

/// `button` is the label of a button to act on.
pub(super) fn content(notice: &Notice, button: Option<&str>) -> String {
    let (duration, sound) = match notice.urgency {
        Urgency::Low => ("short", "<audio silent=\"true\"/>"),
        Urgency::Normal => ("short", ""),
        Urgency::Critical => ("long", ""),
    };
    let (title, body) = (escaped(&notice.title), escaped(&notice.body));
    let actions = button.map(|label| {
        let label = escaped(label);
        format!("<actions><action content=\"{label}\" arguments=\"{BUTTON}\"/></actions>")
    });
    format!(
        "<toast duration=\"{duration}\"><visual><binding template=\"ToastGeneric\">\
         <text>{title}</text><text>{body}</text></binding></visual>{}{sound}</toast>",
        actions.unwrap_or_default()
    )
}

/// As it may stand in text and in attributes. What XML has no place for is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(urgency: Urgency, body: &str) -> Notice {
        Notice {
            subject: crate::ui::notification::Subject::Text,
            title: "Your session".into(),
            body: body.into(),
            urgency,
        }
    }

    #[test]
    fn a_toast_has_title_body_and_button() {
        let xml = content(&notice(Urgency::Normal, "It ends."), Some("Ask for more time"));
        assert_eq!(
            xml,
            "<toast duration=\"short\"><visual><binding template=\"ToastGeneric\">\
             <text>Your session</text><text>It ends.</text></binding></visual>\
             <actions><action content=\"Ask for more time\" arguments=\"button\"/></actions></toast>"
        );
    }

    #[test]
    fn what_matters_stays_longer_and_what_does_not_is_silent() {
        let critical = content(&notice(Urgency::Critical, ""), None);
        assert!(critical.starts_with("<toast duration=\"long\">"), "{critical}");
        assert!(!critical.contains("<actions>") && !critical.contains("silent"), "{critical}");
        assert!(content(&notice(Urgency::Low, ""), None).contains("<audio silent=\"true\"/>"));
    }

    #[test]
    fn a_workflows_text_cannot_become_markup() {
        let xml = content(&notice(Urgency::Low, "a<b> & \"c\"\u{7}\nd 😀"), Some("<\">"));
        assert!(xml.contains("<text>a&lt;b&gt; &amp; &quot;c&quot;&#10;d 😀</text>"), "{xml}");
        assert!(xml.contains("content=\"&lt;&quot;&gt;\""), "{xml}");
    }
}

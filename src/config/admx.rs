//! The templates with which Group Policy's editor shows the settings: an ADMX, and its English words
//! (ADML). Both are made from [`KEYS`]; `policy.rs` reads what the editor then writes.
//! Source: Microsoft, "ADMX syntax" (Group Policy ADMX Syntax Reference Guide).

use super::keys::{KEYS, SettingKey, ValueKind};
use super::policy;

const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";
const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- Made from src/config/keys.rs. -->\n";
/// What a text may be long in the editor, in characters.
const LONGEST_TEXT: u32 = 4096;

/// The whole of resources/windows/policy/deskbeat.admx.
pub fn admx() -> String {
    let mut file = HEAD.to_owned();
    file += &format!(
        r#"<policyDefinitions xmlns="{NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="deskbeat" namespace="Deskbeat.Policies" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="SUPPORTED_Deskbeat" displayName="$(string.SUPPORTED_Deskbeat)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="Deskbeat" displayName="$(string.Deskbeat)" />
  </categories>
  <policies>
"#
    );
    for key in KEYS {
        file += &policy(key);
    }
    file + "  </policies>\n</policyDefinitions>\n"
}

/// The whole of resources/windows/policy/en-US/deskbeat.adml.
pub fn adml() -> String {
    let (mut strings, mut presentations) = (String::new(), String::new());
    let mut string = |id: &str, text: &str| {
        strings += &format!("      <string id=\"{id}\">{}</string>\n", escaped(text));
    };
    string("Deskbeat", "Deskbeat");
    string("SUPPORTED_Deskbeat", "Deskbeat 0.1.0 or later");
    for key in KEYS {
        string(key.name, &format!("{} ({})", key.short(), key.name));
        string(&format!("{}_explain", key.name), &explanation(key));
        if let ValueKind::Choice(words) = key.kind {
            for word in words {
                string(&format!("{}_{word}", key.name), word);
            }
        }
        presentations += &presentation(key);
    }
    format!(
        r#"{HEAD}<policyDefinitionResources xmlns="{NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <displayName>Deskbeat</displayName>
  <description>The settings of Deskbeat</description>
  <resources>
    <stringTable>
{strings}    </stringTable>
    <presentationTable>
{presentations}    </presentationTable>
  </resources>
</policyDefinitionResources>
"#
    )
}

fn policy(key: &SettingKey) -> String {
    let (name, place) = (key.name, policy::KEY);
    // On and off are the policy itself; all else is asked for within it.
    let (own, asked) = match key.kind {
        ValueKind::Flag => (format!(" valueName=\"{name}\""), String::new()),
        _ => (String::new(), format!(" presentation=\"$(presentation.{name})\"")),
    };
    format!(
        r#"    <policy name="{name}" class="Machine" displayName="$(string.{name})" explainText="$(string.{name}_explain)"{asked} key="{place}"{own}>
      <parentCategory ref="Deskbeat" />
      <supportedOn ref="SUPPORTED_Deskbeat" />
{}    </policy>
"#,
        element(key)
    )
}

/// What the policy writes.
fn element(key: &SettingKey) -> String {
    let name = key.name;
    let value = format!("id=\"{name}\" valueName=\"{name}\" required=\"true\"");
    let element = match key.kind {
        ValueKind::Text { .. } => format!("<text {value} maxLength=\"{LONGEST_TEXT}\" />"),
        ValueKind::List { .. } => format!("<multiText {value} maxLength=\"{LONGEST_TEXT}\" />"),
        ValueKind::Number { min, max, .. } => {
            format!("<decimal {value} minValue=\"{min}\" maxValue=\"{max}\" />")
        }
        ValueKind::Choice(words) => {
            let item = |word: &&str| {
                format!(
                    r#"          <item displayName="$(string.{name}_{word})">
            <value><string>{word}</string></value>
          </item>
"#
                )
            };
            let items: String = words.iter().map(item).collect();
            format!("<enum {value}>\n{items}        </enum>")
        }
        ValueKind::Flag => {
            return "      <enabledValue><decimal value=\"1\" /></enabledValue>
      <disabledValue><decimal value=\"0\" /></disabledValue>
"
            .to_owned();
        }
    };
    format!("      <elements>\n        {element}\n      </elements>\n")
}

/// What the editor asks for.
fn presentation(key: &SettingKey) -> String {
    let name = key.name;
    let default = escaped(key.default);
    let control = match key.kind {
        ValueKind::Flag => return String::new(),
        ValueKind::Text { like, .. } => {
            let label = escaped(&plain(&format!("Value ({like})")));
            format!(
                "<textBox refId=\"{name}\"><label>{label}</label><defaultValue>{default}</defaultValue></textBox>"
            )
        }
        ValueKind::List { like, .. } => {
            let label = escaped(&plain(&format!("Values ({like}), one a line")));
            format!("<multiTextBox refId=\"{name}\">{label}</multiTextBox>")
        }
        ValueKind::Number { unit, .. } => format!(
            "<decimalTextBox refId=\"{name}\" defaultValue=\"{default}\" spin=\"false\">Value ({unit})</decimalTextBox>"
        ),
        ValueKind::Choice(words) => {
            let built_in = words.iter().position(|word| *word == key.default).unwrap_or_default();
            format!(
                "<dropdownList refId=\"{name}\" noSort=\"true\" defaultItem=\"{built_in}\">Value</dropdownList>"
            )
        }
    };
    format!("      <presentation id=\"{name}\">{control}</presentation>\n")
}

/// What it does, what it may be, and what becomes of it in each of the policy's three states.
fn explanation(key: &SettingKey) -> String {
    let values = match key.kind {
        ValueKind::Text { .. } | ValueKind::List { .. } => String::new(),
        ValueKind::Number { unit, min, max } => format!("{min} to {max} {unit}. "),
        ValueKind::Choice(words) => format!("One of {}. ", words.join(", ")),
        ValueKind::Flag => "Enabled: true. Disabled: false. ".to_owned(),
    };
    let built_in = if key.default.is_empty() { "not set" } else { key.default };
    let counts = if key.is_live { "within seconds" } else { "from Deskbeat's next start" };
    let unset = match key.kind {
        ValueKind::Flag => "Not configured",
        _ => "Not configured or disabled",
    };
    format!(
        "{}\n\n{values}Built in: {built_in}. A change counts {counts}.\n\nWith this policy nothing else \
         decides: neither config.toml nor a variable nor the command line. {unset}: they do, as ever.",
        plain(key.doc)
    )
}

fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const OLD: &str = "is old; write it with: cargo run --example manual -- --sources";

    #[test]
    fn the_templates_are_what_the_settings_make() {
        let admx_there = include_str!("../../resources/windows/policy/deskbeat.admx");
        let adml_there = include_str!("../../resources/windows/policy/en-US/deskbeat.adml");
        assert!(admx_there == admx(), "resources/windows/policy/deskbeat.admx {OLD}");
        assert!(adml_there == adml(), "resources/windows/policy/en-US/deskbeat.adml {OLD}");
    }

    /// What stands between `before` and the next `after`, each time.
    fn all<'a>(text: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
        let pieces = text.split(before).skip(1);
        pieces.map(|piece| piece.split(after).next().unwrap_or_default()).collect()
    }

    #[test]
    fn every_word_that_the_template_names_is_there_and_every_control_has_its_element() {
        let (admx, adml) = (admx(), adml());
        let strings = all(&adml, "<string id=\"", "\"");
        assert_eq!(all(&admx, "$(string.", ")"), strings);
        assert_eq!(all(&admx, "$(presentation.", ")"), all(&adml, "<presentation id=\"", "\""));
        let elements = all(&admx, " id=\"", "\"");
        assert_eq!(elements, all(&adml, " refId=\"", "\""));
        let written = all(&admx, " valueName=\"", "\"");
        assert_eq!(written, KEYS.iter().map(|key| key.name).collect());
    }

    #[test]
    fn the_templates_are_well_formed() {
        for text in [admx(), adml()] {
            let mut open = Vec::new();
            for piece in text.split('<').skip(1) {
                let (tag, between) = piece.split_once('>').expect("a tag ends");
                assert!(!between.contains('>'), "{piece}");
                let name = tag.split([' ', '\n']).next().unwrap_or_default();
                match (name.strip_prefix('/'), tag.ends_with(['/', '?', '-'])) {
                    (Some(name), _) => assert_eq!(open.pop(), Some(name)),
                    (None, true) => {}
                    (None, false) => open.push(name),
                }
                assert!(tag.matches('"').count() % 2 == 0, "{tag}");
                for entity in between.split('&').chain(tag.split('&')).skip(1) {
                    let known = ["amp;", "lt;", "gt;", "quot;"];
                    let is_start = between.starts_with(entity) || tag.starts_with(entity);
                    assert!(is_start || known.iter().any(|known| entity.starts_with(known)));
                }
            }
            assert!(open.is_empty(), "never closed: {open:?}");
        }
    }
}

//! Under systemd: what the journal is given.

use super::computer::play;

#[test]
fn the_journal_gets_priorities_and_no_second_time() {
    play(async |computer| {
        computer.log_is_journal();
        computer.active().await;
        let log = computer.log();
        for line in log.lines() {
            let (priority, level) = match line.get(..3) {
                Some("<3>") => ("<3>", "ERROR"),
                Some("<4>") => ("<4>", "WARN"),
                Some("<6>") => ("<6>", "INFO"),
                Some(_) | None => ("<7>", "DEBUG"),
            };
            assert!(line.starts_with(priority), "{line}");
            let object: serde_json::Value = serde_json::from_str(&line[3..]).unwrap();
            assert_eq!(object["level"], level);
            assert!(object.get("timestamp").is_none(), "{line}");
        }
        for priority in ["<4>", "<6>", "<7>"] {
            assert!(log.lines().any(|line| line.starts_with(priority)), "no {priority}");
        }
        let kept = std::fs::read_to_string(computer.state_dir().join("log/deskbeat.log")).unwrap();
        assert!(kept.lines().all(|line| line.starts_with(r#"{"timestamp":"#)), "{kept}");
    });
}

#[test]
fn elsewhere_than_in_the_journal_lines_have_a_time() {
    play(async |computer| {
        // Inherited from the desktop that systemd started; this log goes elsewhere.
        computer.set("JOURNAL_STREAM", "1:1");
        computer.active().await;
        let log = computer.log();
        assert!(log.lines().all(|line| line.starts_with(r#"{"timestamp":"#)), "{log}");
    });
}

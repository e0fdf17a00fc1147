//! The machine's configuration file: read, told, compared with itself, and written into.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use deskbeat::config::{Changes, Config, edit};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(deskbeat_fuzz::folder);

fn read(file: &Path) -> Option<Config> {
    let home = ("HOME".into(), "/home/somebody".into());
    match Config::of_file([home], file) {
        Ok(config) => Some(config),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let file = FOLDER.path().join("config.toml");
    fs::write(&file, bytes).expect("a file");
    deskbeat_fuzz::bounded(bytes.len(), || {
        if let Some(config) = read(&file) {
            assert_eq!(config.changes(&config), Changes::default());
            assert!(!config.in_words().is_empty());
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let value = ("queue_tag".to_owned(), "a \"b\" \\ c".to_owned());
        if let Ok(edited) = edit::set(text, &file, &[value]) {
            fs::write(&file, &edited).expect("a file");
            if let Some(config) = read(&file) {
                let mut settings = config.origins().iter();
                let tag = settings.find(|setting| setting.key == "queue_tag").expect("the setting");
                assert_eq!(tag.value, "a \"b\" \\ c");
            }
        }
    });
});

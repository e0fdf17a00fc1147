//! Gives the Windows program its icon, version and manifest; does nothing for other systems.
//!
//! The resources are written in the format of a resource compiler's output (`.res`), which
//! Microsoft's linker takes as it is, so no Windows SDK is looked for. GNU's linker wants an object:
//! `windres`, which comes with it, makes one. Sources: Microsoft, "Resource File Formats",
//! "VS_VERSIONINFO structure".

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

const ICON: &str = "resources/icons/deskbeat.ico";
const MANIFEST: &str = "resources/windows/deskbeat.manifest";

/// Resource types, and the language of all: English (United States).
const RT_ICON: u16 = 3;
const RT_GROUP_ICON: u16 = 14;
const RT_VERSION: u16 = 16;
const RT_MANIFEST: u16 = 24;
const ENGLISH: u16 = 0x0409;
/// Texts are UTF-16.
const UNICODE: u16 = 1200;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=resources/windows/build.rs");
    if variable("CARGO_CFG_TARGET_OS")? != "windows" {
        return Ok(());
    }
    println!("cargo::rerun-if-changed={ICON}");
    println!("cargo::rerun-if-changed={MANIFEST}");
    let file = PathBuf::from(variable("OUT_DIR")?).join("deskbeat.res");
    fs::write(&file, resources()?)?;
    let linked = match variable("CARGO_CFG_TARGET_ENV")?.as_str() {
        "gnu" => object(&file)?,
        _ => file,
    };
    println!("cargo::rustc-link-arg-bins={}", linked.display());
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// What GNU's linker takes.
fn object(resources: &Path) -> io::Result<PathBuf> {
    let object = resources.with_extension("o");
    let prefixed = format!("{}-w64-mingw32-windres", variable("CARGO_CFG_TARGET_ARCH")?);
    for tool in [prefixed.as_str(), "windres"] {
        let made = Command::new(tool)
            .args(["--input-format=res", "--output-format=coff"])
            .args([resources, &object])
            .status();
        match made {
            Ok(status) if status.success() => return Ok(object),
            Ok(status) => return Err(io::Error::other(format!("{tool}: {status}"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{prefixed} is missing; it comes with the MinGW linker")))
}

fn resources() -> io::Result<Vec<u8>> {
    // An empty entry begins every such file.
    let mut all = entry(0, 0, &[]);
    let ico = fs::read(ICON)?;
    let (group, pictures) = icon(&ico).ok_or_else(|| io::Error::other("no .ico file"))?;
    for (id, picture) in (1..).zip(pictures) {
        all.extend(entry(RT_ICON, id, picture));
    }
    all.extend(entry(RT_GROUP_ICON, 1, &group));
    all.extend(entry(RT_VERSION, 1, &version()?));
    all.extend(entry(RT_MANIFEST, 1, &fs::read(MANIFEST)?));
    Ok(all)
}

fn entry(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
    const HEADER: u32 = 32;
    let mut entry = Vec::new();
    for number in [data.len() as u32, HEADER] {
        entry.extend(number.to_le_bytes());
    }
    let language = if kind == 0 { 0 } else { ENGLISH };
    // Type and name are numbers (0xFFFF); then version of the data (2), memory flags, language,
    // version (2) and characteristics (2).
    for half in [0xFFFF, kind, 0xFFFF, id, 0, 0, 0, language, 0, 0, 0, 0] {
        entry.extend(half.to_le_bytes());
    }
    entry.extend(data);
    pad(&mut entry);
    entry
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// The group's data and the pictures of an .ico file: the directory is the same but for its last
/// field, which is a place in the file there and a resource's number here.
fn icon(ico: &[u8]) -> Option<(Vec<u8>, Vec<&[u8]>)> {
    let count = u16::from_le_bytes(ico.get(4..6)?.try_into().ok()?);
    let (mut group, mut pictures) = (ico.get(..6)?.to_vec(), Vec::new());
    for (id, listed) in (1..=count).zip(ico.get(6..)?.chunks_exact(16)) {
        let number = |at: usize| Some(u32::from_le_bytes(listed.get(at..at + 4)?.try_into().ok()?));
        let (size, place) = (number(8)? as usize, number(12)? as usize);
        pictures.push(ico.get(place..place + size)?);
        group.extend(&listed[..12]);
        group.extend(id.to_le_bytes());
    }
    Some((group, pictures))
}

/// VS_VERSIONINFO: what the file's properties show.
fn version() -> io::Result<Vec<u8>> {
    let version = variable("CARGO_PKG_VERSION")?;
    let part = |name| -> io::Result<u32> { variable(name)?.parse().map_err(io::Error::other) };
    let high = part("CARGO_PKG_VERSION_MAJOR")? << 16 | part("CARGO_PKG_VERSION_MINOR")?;
    let low = part("CARGO_PKG_VERSION_PATCH")? << 16;
    // VS_FIXEDFILEINFO: signature, its version, file and product version, mask and flags, NT, a
    // program, no subtype, no date.
    let fixed: Vec<u8> =
        [0xFEEF_04BD, 0x1_0000, high, low, high, low, 0x3F, 0, 0x4_0004, 1, 0, 0, 0]
            .iter()
            .flat_map(|number: &u32| number.to_le_bytes())
            .collect();
    let texts = [
        ("CompanyName", "The Deskbeat project"),
        ("FileDescription", "Deskbeat"),
        ("FileVersion", &version),
        ("InternalName", "deskbeat"),
        ("LegalCopyright", "MIT OR Apache-2.0"),
        ("OriginalFilename", "deskbeat.exe"),
        ("ProductName", "Deskbeat"),
        ("ProductVersion", &version),
    ];
    let texts: Vec<u8> = texts.iter().flat_map(|(name, text)| text_node(name, text)).collect();
    let table = node(&format!("{ENGLISH:04X}{UNICODE:04X}"), 1, 0, &[], &texts);
    let language = [ENGLISH.to_le_bytes(), UNICODE.to_le_bytes()].concat();
    let translation = node("Translation", 0, 4, &language, &[]);
    let mut children = node("StringFileInfo", 1, 0, &[], &table);
    children.extend(node("VarFileInfo", 1, 0, &[], &translation));
    Ok(node("VS_VERSION_INFO", 0, fixed.len() as u16, &fixed, &children))
}

/// A text counts its length in units, its zero included.
fn text_node(name: &str, text: &str) -> Vec<u8> {
    let value = wide(text);
    node(name, 1, value.len() as u16 / 2, &value, &[])
}

/// Length, value's length, kind (1: text), key, value, children; each begins at a multiple of four.
fn node(key: &str, kind: u16, value_length: u16, value: &[u8], children: &[u8]) -> Vec<u8> {
    let mut node = vec![0; 2];
    node.extend(value_length.to_le_bytes());
    node.extend(kind.to_le_bytes());
    node.extend(wide(key));
    pad(&mut node);
    node.extend(value);
    if !children.is_empty() {
        pad(&mut node);
        node.extend(children);
    }
    let length = node.len() as u16;
    node[..2].copy_from_slice(&length.to_le_bytes());
    // For whatever follows: not counted.
    pad(&mut node);
    node
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

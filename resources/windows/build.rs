//! Gives the Windows program its icon, version and manifest; does nothing for other systems.
//! `winresource` drives the resource compiler that comes with the linker: MinGW's windres, or rc.exe
//! of Microsoft's build tools.

use std::{env, io};

use winresource::WindowsResource;

const ICON: &str = "resources/icons/deskbeat.ico";
const MANIFEST: &str = "resources/windows/deskbeat.manifest";
const ENGLISH: u16 = 0x0409;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=resources/windows/build.rs");
    if env::var_os("CARGO_CFG_TARGET_OS").is_none_or(|system| system != "windows") {
        return Ok(());
    }
    println!("cargo::rerun-if-changed={ICON}");
    println!("cargo::rerun-if-changed={MANIFEST}");
    // Its number, file and product version are the package's.
    WindowsResource::new()
        .set_language(ENGLISH)
        .set_icon(ICON)
        .set_manifest_file(MANIFEST)
        .set("CompanyName", "The Deskbeat project")
        .set("FileDescription", "Deskbeat")
        .set("InternalName", "deskbeat")
        .set("LegalCopyright", "MIT OR Apache-2.0")
        .set("OriginalFilename", "deskbeat.exe")
        .set("ProductName", "Deskbeat")
        .compile()
}

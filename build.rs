//! How the program is linked on Linux with glibc, so that it starts soon.
//!
//! - At a fixed address. A position-independent program of this size begins with 37,000 corrections
//!   of addresses and copies 150 pages for them: half of what `--version` takes. Heap, stack and
//!   libraries lie at random addresses all the same; `CHARGEHAND_PIE=1` at build time makes the
//!   program's own random too.
//! - With the unwinder in it, where the C compiler has it as an archive: one library less to find,
//!   map and search through. Without the archive all works the same.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["CHARGEHAND_PIE", "CC"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let known = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && (is("CARGO_CFG_TARGET_ARCH", "x86_64") || is("CARGO_CFG_TARGET_ARCH", "aarch64"))
        // Another machine's archives are not this compiler's to name.
        && env::var("HOST").ok() == env::var("TARGET").ok();
    if !known {
        return;
    }
    if !is("CHARGEHAND_PIE", "1") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    if let Some(folder) = unwinder() {
        println!("cargo::rustc-link-search=native={folder}");
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// The folder of the unwinder's archive, as the C compiler that links us names it.
fn unwinder() -> Option<String> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let asked = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let path = String::from_utf8(asked.stdout).ok()?;
    let path = Path::new(path.trim());
    // A compiler that does not have it says the name back.
    (path.is_absolute() && path.is_file()).then_some(())?;
    Some(path.parent()?.to_str()?.to_owned())
}

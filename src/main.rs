//! The program: everything is in the library.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod maths;

use std::process::ExitCode;

use chargehand::cli;

fn main() -> color_eyre::Result<ExitCode> {
    // Before anything is built up for it: what only asks for the version is answered at once.
    let asked = match cli::read() {
        Ok(asked) => asked,
        Err(code) => return Ok(code),
    };
    color_eyre::install()?;
    // One thread for all sessions: what comes in costs it next to nothing, and two of them wake each
    // other for every piece of an answer. Keys and frames have the main one.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let code = runtime.block_on(asked.obey());
    // A thread that still reads or writes somewhere must not keep the program from ending.
    runtime.shutdown_background();
    Ok(code)
}

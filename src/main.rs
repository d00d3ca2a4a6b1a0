//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(chargehand::cli::main());
    // A thread that still reads or writes somewhere must not keep the program from ending.
    runtime.shutdown_background();
    Ok(code)
}

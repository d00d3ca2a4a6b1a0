//! What keeps the commands that we run out of our own memory.

/// Forbids other processes of the same user to read our memory and our environment, where the key
/// lies: a child's own environment has been cleared of it, but `/proc/<our pid>/environ` and a
/// debugger would show it all the same.
///
/// On Linux the process becomes not dumpable (`PR_SET_DUMPABLE`), which also means no core file of
/// it. What it starts is dumpable again. Elsewhere the system does not let a process do this.
pub fn shield() {
    // Refused by no kernel that we know; a kernel that does leaves us as we were.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

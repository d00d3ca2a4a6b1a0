//! What is said of a path that leads to nothing: what there is instead.
//!
//! Models guess at folders. A model that hears only that there is nothing guesses on; one that is
//! shown what there is does not.

use crate::sandbox::{Beneath, FileError, is_git_name};

/// Most names that are shown.
const MAX_NAMES: usize = 12;

/// The fault in words, with the file that may have been meant, or the names nearest to it.
pub(super) fn told(beneath: &Beneath, path: &str, fault: &FileError) -> String {
    let said = fault.to_string();
    if !fault.is_missing() {
        return said;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let Some((name, folders)) = parts.split_last() else { return said };
    // From the folder that was named up to the root: the first that is there.
    for depth in (0..=folders.len()).rev() {
        let folder = if depth == 0 { ".".to_owned() } else { folders[..depth].join("/") };
        let Ok(entries) = beneath.list(&folder) else { continue };
        let below =
            |name: &str| if depth == 0 { name.to_owned() } else { format!("{folder}/{name}") };
        let names =
            || entries.iter().map(|entry| entry.name.as_str()).filter(|name| !is_git_name(name));
        if depth < folders.len() && names().any(|one| one == *name) {
            return format!("{said}; there is `{}`", below(name));
        }
        let mut shown: Vec<String> =
            names().take(MAX_NAMES).map(|one| format!("`{}`", below(one))).collect();
        if names().count() > MAX_NAMES {
            shown.push("more".to_owned());
        }
        if depth > 0 && shown.is_empty() {
            continue;
        }
        return if shown.is_empty() {
            said
        } else {
            format!("{said}; there is: {}", shown.join(", "))
        };
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[&str], path: &str) -> String {
        let temp = tempfile::tempdir().unwrap();
        for file in files {
            let file = temp.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "x").unwrap();
        }
        let beneath = Beneath::open(temp.path()).unwrap();
        let fault = beneath.read(path, 10).unwrap_err();
        told(&beneath, path, &fault)
    }

    #[test]
    fn a_file_that_lies_further_up_is_named() {
        let files = ["greet.sh", "lib/money.sh", ".git/config"];
        let told = said(&files, "src/greet.sh");
        assert_eq!(told, "`src/greet.sh` does not exist; there is `greet.sh`");
        let told = said(&files, "lib/src/money.sh");
        assert_eq!(told, "`lib/src/money.sh` does not exist; there is `lib/money.sh`");
    }

    #[test]
    fn what_is_in_the_nearest_folder_is_shown() {
        let files = ["greet.sh", "lib/money.sh", ".git/config"];
        let told = said(&files, "src/main.c");
        assert_eq!(told, "`src/main.c` does not exist; there is: `greet.sh`, `lib`");
        let told = said(&files, "lib/cents.sh");
        assert_eq!(told, "`lib/cents.sh` does not exist; there is: `lib/money.sh`");
    }

    #[test]
    fn many_names_are_cut_and_another_fault_stays_as_it_is() {
        let files: Vec<String> = (10..30).map(|at| format!("f{at}")).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let told = said(&files, "gone");
        assert!(told.ends_with("`f21`, more") && !told.contains("f22"), "{told}");
        assert!(!said(&files, "../gone").contains("there is"));
        assert_eq!(said(&[], "gone"), "`gone` does not exist");
    }
}

//! `keys`: the keys of the workbench, as they hold here.

use super::out::{CliError, Exit, data, data_fit};
use crate::{
    config::Dirs,
    domain::yaml_text,
    ui::{DataError, Keymap},
};

/// Columns before the words of an action: those of its key and its name.
const SET_IN: usize = 38;

/// The key map: the person's own over what comes with the program. A broken file changes nothing;
/// its fault comes with the keys that hold all the same.
pub(super) fn read(dirs: &Dirs) -> Result<(Keymap, Option<DataError>), CliError> {
    let mut keys = Keymap::embedded();
    let path = dirs.keys_file();
    let fault = match std::fs::read(&path) {
        Ok(bytes) => {
            let file = path.display().to_string();
            let text = yaml_text(bytes).map_err(|fault| DataError::of(&file, fault));
            text.and_then(|text| keys.merge(&file, &text)).err()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(CliError::Environment(format!("{}: {error}", path.display()))),
    };
    Ok((keys, fault))
}

pub(super) fn keys(dirs: &Dirs) -> Result<Exit, CliError> {
    let (keys, fault) = read(dirs)?;
    for (at, (layer, bindings)) in keys.layers().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        data(format_args!("{gap}{}", layer.word()));
        for (key, action) in bindings {
            let key = key.to_string();
            data_fit(&format!("  {key:<12} {:<22} {}", action.id(), action.doc()), SET_IN);
        }
    }
    match fault {
        None => Ok(Exit::Done),
        Some(fault) => Err(CliError::Usage(format!("{fault}; the keys stay as they were"))),
    }
}

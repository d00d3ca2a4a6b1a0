//! `trust`: see the project's settings and let them count.

use super::out::{CliError, Exit, data, say};
use crate::{
    app::Place,
    config::{Trust, Trusted},
    logger::{Access, Identity, Store},
    ui,
};

pub(super) fn trust(place: &Place, grant: bool, log: bool) -> Result<Exit, CliError> {
    if log {
        let store = Store::open(&place.log(), Access::Write)?;
        Identity::of(&store, &place.dirs.data).adopt()?;
        say(format_args!("{} is yours now", place.log().display()));
        return Ok(Exit::Done);
    }
    match &place.project {
        Trusted::Absent => say("this project has no .chargehand/settings.yaml"),
        Trusted::Yes(_) => say("the project's settings are trusted as they are"),
        Trusted::Not { path, text } => {
            data(ui::block(text).trim_end());
            Trust::check(path, text)?;
            if grant {
                Trust::new(&place.dirs).grant(path, text)?;
                say("trusted as shown; a changed file must be trusted again");
            } else {
                say("these settings can run commands; `chargehand trust --grant` lets them count");
                return Ok(Exit::Waits);
            }
        }
    }
    Ok(Exit::Done)
}

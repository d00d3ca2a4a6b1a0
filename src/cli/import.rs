//! `import`: a plan file, or another person's memory.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use super::{
    decide::record,
    out::{CliError, Exit, Form, say},
    plan,
};
use crate::{
    app::Place,
    domain::{Command, counted},
    ui,
};

pub(super) fn import(place: &Place, path: &Path) -> Result<Exit, CliError> {
    let unreadable =
        |error: std::io::Error| CliError::Usage(format!("{}: {error}", path.display()));
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    // An event is a JSON object a line; a plan is YAML and begins with a word.
    let is_memory = file.fill_buf().map_err(unreadable)?.first() == Some(&b'{');
    if is_memory { memory(place, &mut file) } else { take_plan(place, path) }
}

fn memory(place: &Place, file: &mut BufReader<File>) -> Result<Exit, CliError> {
    let (_, mut store) = place.open()?;
    let done = store.import(file)?;
    say(format_args!(
        "{} taken in, {} known already. They are foreign here: searched with \
         `search --foreign`, never an approval",
        counted(done.added, "event", "events"),
        done.known
    ));
    if done.forged > 0 {
        say(format_args!(
            "{} came under this log's own name and are none of it: kept apart, used for nothing",
            done.forged
        ));
    }
    for (line, why) in &done.bad {
        say(format_args!("line {line} is no event: {}", ui::line(why)));
    }
    if let Some(more) = done.bad_lines.checked_sub(done.bad.len() as u64).filter(|more| *more > 0) {
        say(format_args!("and {more} more"));
    }
    Ok(if done.bad_lines > 0 && done.added + done.known == 0 { Exit::Usage } else { Exit::Done })
}

fn take_plan(place: &Place, path: &Path) -> Result<Exit, CliError> {
    let file = plan::read_file(path)?;
    let (mut engine, mut store) = place.open()?;
    record(&mut engine, &mut store, Command::ImportPlan { draft: file.draft }, Form::Lines)?;
    say("proposed; read it with `chargehand show plan`, then `chargehand approve plan`");
    Ok(Exit::Done)
}

//! `run`: the engine without a screen.

use std::{io::Read as _, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    args::{Commands, Common, RunArgs},
    connect::{connect, world},
    land,
    out::{CliError, Exit, Form, say, say_fit, tell},
    start, status,
    tape::{self, Watched},
};
use crate::{
    app::{Place, Rest, Ring, Servers, clock, goal, turn},
    config::{Overrides, Trusted},
    domain::{
        Caps, Command, CommandPolicy, FaultClass, Goal, Micros, Phase, Policy, SetBy, Standing,
        State, Waiting, attention,
    },
    git::{First, Git, GitError, Head, Repo},
};

/// Most bytes of a goal that is read from standard input.
const MAX_GOAL: u64 = 256 * 1024;

/// How a goal is to be worked on.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) goal: Option<String>,
    pub(super) plan: Option<crate::domain::PlanDraft>,
    pub(super) policy: Policy,
    pub(super) commands: Option<CommandPolicy>,
    /// The cap that this start names, to hold from now on for a goal that goes on.
    pub(super) budget: Option<Micros>,
    pub(super) form: Form,
    pub(super) then: Then,
}

/// What follows a goal that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Rest,
    /// It is merged, and how it stands is told after that.
    Land,
}

pub(super) async fn run(common: &Common, args: RunArgs) -> Result<Exit, CliError> {
    let budget = args.budget.map(dollars).transpose()?;
    let mut cassette = tape::load(common, Watched::No)?;
    let overrides = cassette.over(Overrides {
        budget,
        parallel: args.parallel,
        wait_seconds: args.wait,
        ..start::overrides(common)
    });
    let directory = start::directory(common)?;
    let git = Git::new(&CancellationToken::new());
    let found = Place::find(git.clone(), &directory, start::dirs()?, overrides.clone()).await;
    let mut place = match found {
        Err(crate::app::OpenError::Git(GitError::NoRepository { .. })) if args.init => {
            Repo::init(git.clone(), &directory, First::Everything).await?;
            Place::find(git, &directory, start::dirs()?, overrides).await?
        }
        Ok(found) if args.init => {
            if let Head::Unborn { .. } = found.repo.head().await? {
                found.repo.first_commit(First::Everything).await?;
            }
            found
        }
        Err(crate::app::OpenError::Git(error @ GitError::NoRepository { .. })) => {
            return Err(CliError::Environment(format!(
                "{error} Run again with --init to have it done."
            )));
        }
        found => found?,
    };
    let plan = args.plan.as_deref().map(super::plan::read_file).transpose()?;
    let of_file = || plan.as_ref().map(|file| file.goal.as_str()).filter(|goal| !goal.is_empty());
    let wish = Wish {
        goal: args
            .goal
            .as_deref()
            .or_else(of_file)
            .or_else(|| cassette.goal())
            .map(goal_text)
            .transpose()?,
        plan: plan.as_ref().map(|file| file.draft.clone()),
        policy: if args.yes { Policy::Yes } else { Policy::Each },
        commands: args.commands.map(Into::into),
        budget,
        form: if args.json { Form::Json } else { Form::Lines },
        then: if args.land { Then::Land } else { Then::Rest },
    };
    if args.commands == Some(Commands::All) {
        say("every command will run without asking, and there is NO SANDBOX");
    }
    let form = wish.form;
    place.tape = cassette.tape(common, &place, wish.goal.as_deref())?;
    let exit = work(&place, wish).await?;
    cassette.told();
    if exit == Exit::Done && args.land { land_and_tell(&place, form).await } else { Ok(exit) }
}

/// Merges a goal that is done, and says how it stands then.
pub(super) async fn land_and_tell(place: &Place, form: Form) -> Result<Exit, CliError> {
    let landed = land::land(place, form).await;
    let (engine, _) = place.read()?;
    status::summary(engine.state(), place);
    landed
}

fn dollars(usd: f64) -> Result<Micros, CliError> {
    crate::config::Usd::try_from(usd).map(|usd| usd.0).map_err(CliError::Usage)
}

/// The goal's text: as given, or from standard input for `-`.
pub(super) fn goal_text(text: &str) -> Result<String, CliError> {
    let text = if text == "-" {
        let mut read = String::new();
        std::io::stdin().lock().take(MAX_GOAL).read_to_string(&mut read)?;
        read
    } else {
        text.to_owned()
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(CliError::Usage("the goal is empty; say what you want".to_owned()));
    }
    Ok(text.to_owned())
}

/// Works on a goal until nothing is left to do without the person.
pub(super) async fn work(place: &Place, wish: Wish) -> Result<Exit, CliError> {
    let servers = connect(place)?;
    work_with(place, wish, servers, &mut |_, _| None).await
}

/// Decides what waits in a person's place; `None` leaves it waiting.
pub(super) type Decider<'a> = &'a mut (dyn FnMut(&Goal, &Waiting) -> Option<Command> + Send);

/// The same with a given connection, and with somebody who decides what waits.
pub(super) async fn work_with(
    place: &Place,
    wish: Wish,
    servers: Servers,
    decider: Decider<'_>,
) -> Result<Exit, CliError> {
    if let Trusted::Not { path, .. } = &place.project {
        say(format_args!(
            "{} is not trusted and not used; read and allow it with `chargehand trust`",
            path.display()
        ));
    }
    let (engine, store) = place.open()?;
    let world = Arc::new(world(place, &store, servers)?);
    let mut ring = Ring::new(engine, store, world).map_err(crate::app::OpenError::Thread)?;
    let (form, then) = (wish.form, wish.then);
    let opened = prepare(place, &mut ring, wish).await;
    let rest = match opened {
        Ok(()) => {
            ring.wake();
            turn_and_decide(&mut ring, form, decider).await
        }
        Err(error) => Err(error),
    };
    let rest = match rest {
        Ok(rest) => rest,
        // Whatever it was: no run is left without an end.
        Err(error) => {
            ring.close().await;
            return Err(error);
        }
    };
    let exit = match rest {
        Rest::Idle | Rest::Held { .. } => outcome(ring.state()),
        Rest::Interrupted => {
            ring.close().await;
            say("interrupted; run `chargehand run` to go on");
            return Ok(Exit::Interrupted);
        }
        Rest::LogFailed(error) => {
            ring.close().await;
            return Err(error.into());
        }
    };
    // No session lives longer than the program: what is told is how it stands without them.
    let (state, _) = ring.close().await;
    if exit != Exit::Done || then == Then::Rest {
        status::summary(&state, place);
    }
    if exit == Exit::Environment {
        say("`chargehand run` goes on where it stopped, once that is mended");
    }
    Ok(exit)
}

/// Turns the ring until it rests and nobody decides anything more.
async fn turn_and_decide(
    ring: &mut Ring,
    form: Form,
    decider: Decider<'_>,
) -> Result<Rest, CliError> {
    let log = ring.world().log_id.clone();
    let longest = ring.world().config.headless.wait();
    // Until when a held server is waited for.
    let mut patient = 0;
    loop {
        let rest = turn(ring, patient, &mut |record| tell(form, &log, record)).await?;
        match rest {
            Rest::Idle | Rest::Held { .. } => {}
            Rest::Interrupted | Rest::LogFailed(_) => return Ok(rest),
        }
        let Some(goal) = ring.state().goal() else { return Ok(rest) };
        let commands: Vec<Command> =
            attention(goal).iter().filter_map(|waiting| decider(goal, waiting)).collect();
        let mut moved = false;
        for command in commands {
            // One decision may make another void; what is refused still waits.
            moved |= ring.command(command).is_ok();
        }
        if moved {
            continue;
        }
        let Rest::Held { until } = rest else { return Ok(rest) };
        let now = clock::now();
        let holds = ring.state().goal().map(|goal| goal.holds.values());
        let since = holds.into_iter().flatten().map(|hold| hold.since).min().unwrap_or(now);
        for line in status::held(ring.state(), &ring.world().config, now) {
            say_fit(&line, 2);
        }
        if until > since.saturating_add(longest) {
            return Ok(rest);
        }
        patient = until;
    }
}

/// Opens the wished goal, or takes up the one that is there. Nothing begins before the ring wakes.
pub(super) async fn prepare(place: &Place, ring: &mut Ring, wish: Wish) -> Result<(), CliError> {
    let refused = |refusal: crate::domain::Refusal| CliError::Usage(refusal.to_string());
    let current = ring.state().goal().filter(|goal| !goal.is_over());
    let same = current.is_some_and(|goal| wish.goal.as_ref().is_none_or(|text| *text == goal.text));
    match (wish.goal, same) {
        (_, true) => {
            // The words of this start hold from now on.
            let goal = ring.state().goal();
            let commands = goal.map(|goal| goal.commands).unwrap_or_default();
            let policy = goal.map(|goal| goal.policy).unwrap_or_default();
            // What was lifted for an earlier start is not lifted for this one.
            let wished = match (wish.policy, policy) {
                (Policy::Yes, _) => Policy::Yes,
                (Policy::Each | Policy::Clean { .. }, Policy::Yes) => Policy::Each,
                (Policy::Each | Policy::Clean { .. }, kept) => kept,
            };
            let kept = if commands == CommandPolicy::All { CommandPolicy::Ask } else { commands };
            let commands_wished = wish.commands.unwrap_or(kept);
            if (wished, commands_wished) != (policy, commands) {
                let set = Command::SetPolicy { policy: wished, commands: commands_wished };
                ring.prepare(set).map_err(refused)?;
            }
            let caps = ring.state().goal().map(|goal| goal.caps).unwrap_or_default();
            let wished_caps = caps_for(place.config.goal_caps(), wish.budget, caps);
            if wished_caps != caps {
                ring.prepare(Command::SetCaps { caps: wished_caps }).map_err(refused)?;
            }
        }
        (None, false) => {
            return Err(CliError::Usage(
                "there is no goal to go on with; say what you want: chargehand run \"…\"".into(),
            ));
        }
        (Some(text), false) => {
            let ((base, onto), notes) =
                goal::base_and_notes(place).await.map_err(CliError::Environment)?;
            for note in notes {
                say_fit(&format!("note: {note}"), 2);
            }
            if let Some(note) = goal::put_aside(ring.state()) {
                say_fit(&format!("note: {note}"), 2);
                ring.prepare(Command::Note { run: None, text: note }).map_err(refused)?;
            }
            let id = goal::free_id(ring.state(), &text);
            let open = Command::OpenGoal {
                id,
                text,
                base,
                onto,
                policy: wish.policy,
                caps: caps_for(place.config.goal_caps(), wish.budget, Caps::default()),
                commands: wish.commands.unwrap_or_default(),
            };
            ring.prepare(open).map_err(refused)?;
        }
    }
    if let Some(draft) = wish.plan {
        let import = Command::ImportPlan { draft };
        ring.prepare(import)
            .map_err(|refusal| CliError::Usage(format!("the plan is not accepted:\n{refusal}")))?;
    }
    Ok(())
}

/// A goal's caps are those of the settings (which this start's arguments are laid over), but for a
/// budget that a person has said for this goal, now or at an earlier start.
fn caps_for(settings: Caps, said: Option<Micros>, before: Caps) -> Caps {
    let kept = before.goal_cost.filter(|_| before.budget_by == SetBy::Person);
    match said.or(kept) {
        Some(budget) => Caps { goal_cost: Some(budget), budget_by: SetBy::Person, ..settings },
        None => settings,
    }
}

/// What a resting goal means for whoever called.
fn outcome(state: &State) -> Exit {
    let Some(goal) = state.goal() else { return Exit::Done };
    let tasks = &goal.plan.tasks;
    let failed = tasks.iter().any(|task| matches!(task.phase, Phase::Failed { .. }));
    let held = !goal.holds.is_empty();
    let outside = tasks.iter().any(|task| match &task.phase {
        Phase::Blocked { blocker, .. } => blocker.kind.is_transient(),
        _ => false,
    });
    match &goal.standing {
        // Nothing of the plan has failed: a person says what is to become of the goal.
        Standing::Stalled { fault, .. }
            if fault.class.costs_an_attempt() || fault.class == FaultClass::Budget =>
        {
            Exit::Waits
        }
        Standing::Stalled { .. } => Exit::Environment,
        Standing::Working if goal.is_complete() && !failed => Exit::Done,
        Standing::Working if failed => Exit::Failed,
        Standing::Working | Standing::Planning { .. } if held => Exit::Environment,
        Standing::Working if outside => Exit::Environment,
        Standing::Landed { .. } => Exit::Done,
        Standing::Planning { .. } | Standing::Proposed { .. } | Standing::Working => Exit::Waits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_follows_the_settings_again_once_it_is_gone_from_them_and_a_said_budget_stays() {
        let plain = Caps::default();
        let set = Caps { goal_cost: Some(Micros(5)), attempts: 1, ..plain };
        assert_eq!(caps_for(set, None, plain), set);
        assert_eq!(caps_for(plain, None, set), plain, "deleted from the settings");
        let said = caps_for(set, Some(Micros(9)), plain);
        assert_eq!((said.goal_cost, said.budget_by), (Some(Micros(9)), SetBy::Person));
        let later = caps_for(plain, None, said);
        assert_eq!((later.goal_cost, later.attempts), (Some(Micros(9)), plain.attempts));
        let another = caps_for(set, Some(Micros(3)), said);
        assert_eq!(another.goal_cost, Some(Micros(3)));
    }
}

//! What a key may mean. Ids are stable: key files and the palette name actions by them.

macro_rules! actions {
    (
        $($name:ident $id:literal $doc:literal;)*
        =>
        $($local:ident $local_id:literal $local_doc:literal;)*
    ) => {
        /// Everything that a key, the palette or a click can ask of the screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $doc] $name,)*
            $(#[doc = $local_doc] $local,)*
        }

        impl Action {
            /// All actions, in the order of the help.
            pub const ALL: &'static [Action] = &[$(Action::$name,)* $(Action::$local,)*];

            /// The stable name, such as `plan.approve`.
            pub fn id(self) -> &'static str {
                match self { $(Action::$name => $id,)* $(Action::$local => $local_id,)* }
            }

            /// One line that says what it does.
            pub fn doc(self) -> &'static str {
                match self { $(Action::$name => $doc,)* $(Action::$local => $local_doc,)* }
            }

            /// Whether it means something only inside the dialog or field that binds it, so that
            /// the palette does not offer it.
            pub fn is_local(self) -> bool {
                match self { $(Action::$name => false,)* $(Action::$local => true,)* }
            }
        }
    };
}

actions! {
    Help "app.help" "Show the keys that work here";
    Palette "app.palette" "Find any action by name and run it";
    Answer "app.answer" "Open the first thing that waits for you";
    Waiting "app.waiting" "List everything that waits for you";
    Write "app.write" "Write to the session shown, or state a goal";
    NewGoal "app.goal" "State a new goal";
    Land "app.land" "Merge the goal's branch into yours once it is complete";
    Undo "app.undo" "Take back your last decision";
    Redo "app.redo" "Decide again what you took back";
    Drafts "app.drafts" "Open the text that was left unsaved last";
    Capture "app.capture" "Throw in a thought; what becomes of it is asked later";
    Memory "memory.open" "Search everything that ever happened, and the lessons";
    Bill "memory.bill" "Read what the planner was told, exactly as it was sent";
    Versions "brief.versions" "Compare the task's briefs next to what came of each";
    Moment "past.look" "Show everything as it was at the event at the cursor";
    Earlier "past.earlier" "Go back by one event, and show everything as it was";
    Later "past.later" "Go on by one event of the past that is shown";
    Fork "past.fork" "Begin a new goal where the past that is shown stood";
    Find "app.find" "Find text in the pane; in the timeline, in all memory";
    NextMatch "find.next" "Go to the next match";
    PreviousMatch "find.previous" "Go to the previous match";
    Copy "copy.block" "Copy the block or line at the cursor";
    CopyTranscript "copy.transcript" "Copy the session shown as Markdown";
    TakeOver "app.take_over" "Work in this window once the one that worked has ended";
    Theme "toggle.theme" "Take the next colour theme";
    Ascii "toggle.ascii" "Draw with ASCII marks only, or with all";
    Motion "toggle.motion" "Let running marks move, or stand still";
    Mouse "toggle.mouse" "Take the mouse (Shift selects text), or leave it alone";
    Thoughts "toggle.thoughts" "Show what models think, or fold it";
    Back "app.back" "Close, or leave zoom or search; it decides nothing";
    Quit "app.quit" "Go back, and from the root quit";
    Interrupt "app.interrupt" "Empty the open text; otherwise twice in 2 s quits";
    Suspend "app.suspend" "Give the terminal back to the shell; fg returns";
    Redraw "app.redraw" "Draw everything anew";

    FocusPlan "pane.plan" "Focus the plan; again zooms it";
    FocusSession "pane.session" "Focus the session; again zooms it";
    FocusTimeline "pane.timeline" "Focus the timeline; again zooms it";
    NextPane "pane.next" "Focus the next pane";
    PreviousPane "pane.previous" "Focus the previous pane";
    ZoomIn "pane.zoom" "Give the focused pane more room";
    ZoomOut "pane.unzoom" "Give the other panes their room back";
    NextSession "session.next" "Show the next session";
    PreviousSession "session.previous" "Show the previous session";

    Down "move.down" "Go down";
    Up "move.up" "Go up";
    HalfDown "move.half_down" "Go half a page down";
    HalfUp "move.half_up" "Go half a page up";
    PageDown "move.page_down" "Go a page down";
    PageUp "move.page_up" "Go a page up";
    Top "move.top" "Go to the top";
    Bottom "move.bottom" "Go to the bottom; a session follows again";
    Left "move.left" "Fold";
    Right "move.right" "Unfold";
    Open "open" "Open what is at the cursor";

    Approve "plan.approve" "Approve a brief, choose in a proposed plan, or release";
    ApproveAll "plan.approve_all" "Approve the proposed plan, or what is chosen of it";
    Reject "plan.reject" "Reject a plan or brief, or cancel a task, and say why";
    Edit "plan.edit" "Edit the brief or the task here";
    EditOutside "plan.edit_outside" "Edit the brief or the task in your editor";
    MoveDown "plan.move_down" "Move the task down";
    MoveUp "plan.move_up" "Move the task up";
    Add "plan.add" "Add a task after this one";
    Retry "plan.retry" "Try a failed task again";
    Skip "plan.skip" "Drop the task from the plan";
    Hold "plan.hold" "Pause the task, or let it go on";
    Diff "plan.diff" "Read what the task has changed";

    Follow "session.follow" "Follow new output, or stay";
    FoldKind "session.fold_kind" "Fold or unfold all blocks of this kind";
    NextBlock "session.next_block" "Go to the next block";
    PreviousBlock "session.previous_block" "Go to the previous block";
    NextError "session.next_error" "Go to the next failure";
    PreviousError "session.previous_error" "Go to the previous failure";
    Whole "session.whole" "Read the whole output in the pager";
    ShowTask "timeline.task" "Show the task that this came from";

    // What means something only inside the dialog or field that binds it.
    =>
    NextPart "brief.next_part" "Mark the next finding or paragraph";
    PreviousPart "brief.previous_part" "Mark the finding or paragraph before";
    Drop "brief.drop" "Leave the marked paragraph out; the brief is rebuilt";
    Mend "brief.mend" "Mend the marked finding, or the first that can be";
    Pin "lesson.pin" "Carry the lesson in every brief, or no longer";
    ConfirmLesson "lesson.confirm" "Confirm the lesson: it holds";
    Correct "lesson.correct" "Put the lesson in your own words";
    Forget "lesson.forget" "Forget the lesson";
    Allow "approval.allow" "Allow the command once";
    AllowRule "approval.rule" "Allow it and all that a rule of yours matches";
    Deny "approval.deny" "Deny the command and say why";
    DenyAndHold "approval.deny_hold" "Deny the command and pause its task";
    Raw "approval.raw" "Show every character of the command as it is";
    CopyCommand "approval.copy" "Copy the command";
    NextAsk "approval.next" "Look at the next waiting command";
    Confirm "dialog.confirm" "Take the highlighted line";
    Yes "dialog.yes" "Yes";
    No "dialog.no" "No";
    Toggle "dialog.toggle" "Take or leave this part";

    Send "text.send" "Send the text";
    NewLine "text.newline" "Begin a new line";
    LineStart "text.line_start" "Go to the start of the line";
    LineEnd "text.line_end" "Go to the end of the line";
    KillEnd "text.kill_end" "Delete to the end of the line";
    KillStart "text.kill_start" "Delete to the start of the line";
    KillWord "text.kill_word" "Delete the word before the cursor";
    TextUndo "text.undo" "Undo the last change of the text";
    TextRedo "text.redo" "Do the undone change again";
    Save "brief.save" "Save the text";
    SaveAndApprove "brief.approve" "Save and approve the brief";
    Preview "brief.preview" "See what the session will be given";
}

impl Action {
    /// The action with this id.
    pub fn named(id: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_name_and_a_sentence() {
        for action in Action::ALL {
            assert_eq!(Action::named(action.id()), Some(*action));
            assert!(action.doc().len() > 1, "{action:?}");
        }
    }
}

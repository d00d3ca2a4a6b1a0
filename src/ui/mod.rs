//! What is seen and meant. Pure: it reads facts and says how they are shown.
//!
//! A key becomes an `Action` (`keymap`), an action changes the screen's own state (`Ui`) and may
//! come to a `Wish` that only the program can grant. `view` draws a `Scene` and changes nothing.

pub mod action;
pub mod args;
pub mod ask;
mod asked;
pub mod block;
pub mod brief_page;
pub mod clean;
mod deed;
pub mod draft;
pub mod editor;
mod fold;
pub mod glyph;
pub mod kept;
pub mod key;
mod key_conflicts;
pub mod keymap;
mod landing;
pub mod layout;
mod leave;
pub mod lesson_words;
pub mod live;
pub mod meanwhile;
pub mod memory;
pub mod modal;
mod on_approval;
mod on_dialog;
mod on_mouse;
mod on_plan;
mod on_prompt;
mod on_session;
mod on_timeline;
mod open;
pub mod origin;
pub mod pace;
pub mod paint;
mod panes;
pub mod past;
pub mod place;
pub mod plan_rows;
pub mod reel;
pub mod risk;
pub mod session;
pub mod start;
pub mod story;
mod taking_back;
pub mod tell;
mod tell_plan;
pub mod theme;
mod thought;
pub mod told_words;
pub mod undo;
mod unsaved;
mod update;
pub mod view;
pub mod wish;
pub mod wrap;

#[cfg(test)]
pub(crate) use self::told_words::told_words;
pub use self::{
    action::Action,
    ask::{Ask, Key},
    block::{Block, BlockKind, BlockState},
    brief_page::{came, versions_text},
    clean::{block, line},
    editor::{Editor, Rows},
    glyph::{Glyphs, Mark, of_phase},
    kept::Kept,
    key::{Keys, Press},
    keymap::{Clash, DEFAULT_KEYS, DataError, Keymap, Layer, Resolved},
    layout::{Pane, Places, Zoom},
    live::{Live, LiveKind},
    meanwhile::meanwhile,
    memory::{Found, HitRow, Memory},
    modal::{Approval, Modal, Page, Purpose},
    on_prompt::put_aside,
    origin::{age, origins},
    pace::{Pace, Why},
    paint::{count, countdown, duration},
    panes::hints::offered,
    past::{Moment, Step},
    place::{
        Drawn, Motion, Pointer, Reading, SessionPlace, Sign, Standing, TimelinePlace, Tone, Ui,
    },
    session::{Session, SessionKey},
    start::{Answer, Door, Start, StartWish},
    story::{Row, Story},
    tell::{Told, tell},
    theme::{Colours, EMBEDDED_THEMES, Role, Theme},
    told_words::{STEP, is_word, kinds_of},
    undo::RequestId,
    view::{Scene, view},
    wish::{Facts, Now, Wish},
    wrap::{Flow, width},
};

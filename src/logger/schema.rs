//! The tables, and how a log of an older chargehand becomes one of this.

/// Marks a file as a chargehand log (`PRAGMA application_id`): "CHGH".
pub const APPLICATION_ID: i32 = 0x4348_4748;

/// The full-text indices, of our events and of others': what they hold follows from the events.
pub(super) const INDICES: [&str; 2] = ["words", "foreign_words"];

/// One script a schema version, counted from 1; `PRAGMA user_version` says how many have run.
///
/// An event's `id` is computed, so that it costs no room; `row` is there because a full-text index
/// needs a number that `VACUUM` does not change. The index keeps no copy of the text: excerpts are
/// cut from the event. Prefixes of 2 and 3 letters, which most words share, have an index of their
/// own for the search while a person types; one for 4 as well would cost a third of an append. The
/// index's merges are put off to every eighth segment, which groups of appends pay less often.
///
/// Version 2: what concerns a goal is found without reading the others, and other people's events
/// lie beside ours, keyed by their content.
pub const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta (
    log_id  TEXT NOT NULL PRIMARY KEY,
    created TEXT NOT NULL
) STRICT;

CREATE TABLE event (
    row         INTEGER PRIMARY KEY,
    log_id      TEXT NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq > 0),
    id          TEXT GENERATED ALWAYS AS (log_id || ':' || seq) VIRTUAL,
    at          INTEGER NOT NULL,
    time        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    actor_model TEXT,
    goal        TEXT,
    revision    INTEGER NOT NULL,
    task        TEXT,
    attempt     INTEGER,
    run         INTEGER,
    kind        TEXT NOT NULL,
    v           INTEGER NOT NULL,
    data        TEXT NOT NULL,
    UNIQUE (log_id, seq)
) STRICT;

CREATE INDEX event_run  ON event (run) WHERE run IS NOT NULL;
CREATE INDEX event_task ON event (goal, task) WHERE task IS NOT NULL;
CREATE INDEX event_kind ON event (kind);

CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event never changes'); END;

CREATE TRIGGER event_never_goes BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event never goes'); END;

CREATE TRIGGER event_only_follows BEFORE INSERT ON event
WHEN NEW.seq IS NOT
     (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE log_id = NEW.log_id)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event only follows the last'); END;

CREATE TRIGGER meta_never_changes BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'the log keeps its identity'); END;

CREATE TRIGGER meta_never_goes BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'the log keeps its identity'); END;

CREATE VIRTUAL TABLE words USING fts5(
    body,
    content = '',
    prefix = '2 3',
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('automerge', 8);
",
    "
CREATE INDEX event_goal ON event (goal, seq) WHERE goal IS NOT NULL;

CREATE TABLE foreign_event (
    row    INTEGER PRIMARY KEY,
    log_id TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    digest TEXT NOT NULL,
    line   TEXT NOT NULL,
    UNIQUE (log_id, seq, digest)
) STRICT;

CREATE TRIGGER foreign_event_never_changes BEFORE UPDATE ON foreign_event
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event never changes'); END;

CREATE TRIGGER foreign_event_never_goes BEFORE DELETE ON foreign_event
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event never goes'); END;

CREATE VIRTUAL TABLE foreign_words USING fts5(
    body,
    content = '',
    tokenize = 'unicode61 remove_diacritics 2'
);
",
];

//! What a run does, job by job. Each ends with an `End`; everything else goes through its link.

mod brief;
mod check;
mod execute;
mod fault;
mod land;
mod learn;
mod look;
mod manner;
mod place;
mod plan;
mod review;
mod seat;
mod survey;
mod talk;
mod unheard;

pub(super) use self::seat::perform;

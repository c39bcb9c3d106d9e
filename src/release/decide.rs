//! The rule of one release, as two tables: what each end of an attempt leads to, and what was found before the call leads to.
//!
//! ```text
//!  preflight ── adopted, resumed ───────────────────────────┐
//!      │ call                                               ▼
//!      ▼               accepted                      ┌────► wait ──► succeeded | failed | timed out | unwatched
//!   submit ─────────────────────────────────────────┘▲
//!    ▲  │ refused, lost, unreadable                   │ found
//!    │  └────────────────► reconcile ─────────────────┤
//!    │ may be sent again      │                       │ not found
//!    └────────────────────────┴───────────────────────┴──► not released (3, 4, 7) | unknown (8)
//! ```
//!
//! Every function here is pure. `docs/one-release.md` shows every row of both tables; the tests hold it, and the law over all
//! rows.

use crate::operation::Idempotency;

/// What one attempt of the release call ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The answer says that the release is made.
    Accepted,
    /// No connection was made: nothing was sent.
    NotSent,
    /// The vendor's own word for busy: nothing was done.
    Throttled,
    /// The vendor's own refusal of the credentials or for lack of permission.
    Denied,
    /// The vendor's own refusal of the call.
    Rejected,
    /// A refusal by a code that can also mean that the call is done already.
    MaybeDone,
    /// A refusal of a call for several things, of which some may be done.
    BatchRejected,
    /// The vendor is working on the same call, which it knows by its token.
    UnderWay,
    /// An answer of success that cannot be read, or that leaves open whether all was done.
    Unreadable,
    /// No answer, or one that the vendor did not write.
    Lost,
}

/// What an attempt's end is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub struct Attempt {
    /// What it ended with.
    pub reply: Reply,
    /// Whether the call may be sent again when its answer was lost.
    pub idempotency: Idempotency,
    /// Whether an earlier attempt of this run was lost, or is under way: nothing that a later one is answered with says what
    /// became of it.
    pub earlier_lost: bool,
    /// Whether a call of an earlier run may be under way without a trace.
    pub earlier_run: bool,
    /// Whether the status before the call is known: without it, nothing that is found can be told from what was there.
    pub has_baseline: bool,
    /// Whether `retry_timeout` allows one more attempt.
    pub may_retry: bool,
    /// Whether `if_lost` is `resend`.
    pub resends: bool,
}

/// What an attempt's end leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The release is made.
    GoOn,
    /// The call is sent again after the retry's pause.
    Resend {
        /// Whether the status must show no third state first.
        status_first: bool,
    },
    /// The status is asked. That it shows exactly what was asked for, and new, always means to go on with it.
    LookUp(LookUp),
    /// The release ends here.
    End(End),
}

/// What is looked for, and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookUp {
    /// Whether "not there" is believed only after `settle_time`, or at once.
    pub settles: bool,
    /// Some things of a batch are there, the others are not.
    pub part: Then,
    /// What was asked for was there before the call and looks as it did.
    pub unchanged: Then,
    /// Nothing of it is there.
    pub nothing: Then,
}

/// What a look-up leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// What is there is this run's release; of a batch, the rest has failed.
    GoOn,
    /// The call is sent once more.
    Resend,
    /// The release ends here.
    End(End),
}

/// How a release ends that nothing is known to have been made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing was released, by the attempt's own error: status 3, 4 or 7.
    NotReleased,
    /// It may have been: status 8.
    Unknown,
}

const UNKNOWN: Then = Then::End(End::Unknown);
const NOT_RELEASED: Then = Then::End(End::NotReleased);
const UNKNOWN_NOW: Next = Next::End(End::Unknown);

/// What the end of an attempt leads to.
#[must_use]
pub fn after(attempt: Attempt) -> Next {
    let Attempt { reply, idempotency, earlier_lost, earlier_run, has_baseline, may_retry, resends } = attempt;
    let convergent = idempotency == Idempotency::Convergent;
    // A repetition that sets a state must not undo what somebody else has set meanwhile.
    let may_repeat = match idempotency {
        Idempotency::Idempotent => may_retry,
        Idempotency::Convergent => may_retry && has_baseline,
        Idempotency::NonIdempotent => false,
    };
    let once_more = idempotency == Idempotency::NonIdempotent && resends && may_retry;
    let look_up = |settles, part, unchanged, nothing| {
        let look_up = LookUp { settles, part, unchanged, nothing };
        if has_baseline { Next::LookUp(look_up) } else { UNKNOWN_NOW }
    };
    // Where a state is set, that it is as asked for is all that was wanted, whoever set it.
    let unchanged = if convergent { Then::GoOn } else { UNKNOWN };
    let open = look_up(true, UNKNOWN, unchanged, UNKNOWN);
    let lost = look_up(true, UNKNOWN, unchanged, if once_more { Then::Resend } else { UNKNOWN });

    match reply {
        Reply::Accepted => Next::GoOn,
        // The call of this attempt did nothing, but an earlier one may have.
        Reply::NotSent | Reply::Throttled if earlier_lost && may_repeat => {
            Next::Resend { status_first: convergent }
        }
        Reply::NotSent | Reply::Throttled if earlier_lost => lost,
        Reply::NotSent | Reply::Throttled if may_retry => Next::Resend { status_first: false },
        Reply::Denied | Reply::Rejected | Reply::MaybeDone | Reply::BatchRejected if earlier_lost => open,
        Reply::NotSent | Reply::Throttled | Reply::Denied | Reply::Rejected => Next::End(End::NotReleased),
        Reply::MaybeDone if earlier_run => look_up(true, UNKNOWN, NOT_RELEASED, UNKNOWN),
        Reply::MaybeDone => look_up(false, UNKNOWN, NOT_RELEASED, NOT_RELEASED),
        Reply::BatchRejected => look_up(true, Then::GoOn, NOT_RELEASED, NOT_RELEASED),
        Reply::Unreadable => open,
        Reply::UnderWay | Reply::Lost if may_repeat => {
            Next::Resend { status_first: convergent || reply == Reply::UnderWay }
        }
        Reply::UnderWay | Reply::Lost => lost,
    }
}

/// What the user wants of a release that is there before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `if_released: again`: make another.
    Again,
    /// `if_released: adopt`: go on with it.
    Adopt,
    /// `if_released: fail`: make none.
    Fail,
    /// `resume`: go on with it, and never make one.
    Resume,
}

/// What the status shows before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Some things of a batch, not the others.
    Part,
    /// What is asked for, under way or done.
    Release,
    /// What is asked for, and it has failed.
    Failure,
    /// Something that may or may not be it.
    Ambiguous,
    /// The status query was refused, or its answer cannot be read.
    Unreadable,
    /// The credentials lack the permission for the status query.
    Forbidden,
}

/// What the time before the call is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// What the user wants.
    pub wish: Wish,
    /// What the status shows.
    pub found: Found,
    /// Whether "not there" can be believed: at once in a first run, after `settle_time` in a run that follows another.
    pub is_settled: bool,
    /// Whether a status query shows the release while it is under way.
    pub leaves_trace: bool,
    /// Whether the release is to be waited for.
    pub waits: bool,
}

/// What is found before the call leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The call is made.
    Call,
    /// The call is made for the things that are not there.
    CallForRest,
    /// The call is made, though a lost answer could not be looked up: a warning.
    CallWithoutBaseline,
    /// No call is made; the release that is there is this run's.
    Existing,
    /// The status is asked again.
    LookAgain,
    /// No call is made; what is under way without a trace is waited for.
    Await,
    /// Nothing is there to resume: status 2.
    NothingToResume,
    /// It is there, and that is an error: status 4.
    IsThere,
    /// The permission for the status query is needed: status 3.
    Denied,
    /// Whether it is there cannot be told: status 8.
    Unknown,
}

/// What is found before the call leads to.
#[must_use]
pub fn before(before: Before) -> Begin {
    let Before { wish, found, is_settled, leaves_trace, waits } = before;
    match (wish, found) {
        (Wish::Again, Found::Forbidden) if waits => Begin::Denied,
        (Wish::Again, Found::Forbidden | Found::Unreadable) => Begin::CallWithoutBaseline,
        (Wish::Again, _) => Begin::Call,
        (_, Found::Forbidden) => Begin::Denied,
        (_, Found::Unreadable | Found::Ambiguous) => Begin::Unknown,
        (Wish::Resume, Found::Nothing) if !leaves_trace => Begin::Await,
        (_, Found::Nothing) if !is_settled => Begin::LookAgain,
        (Wish::Resume, Found::Nothing) => Begin::NothingToResume,
        (Wish::Resume, _) | (Wish::Adopt, Found::Release) => Begin::Existing,
        (Wish::Fail, Found::Part | Found::Release) => Begin::IsThere,
        (_, Found::Failure | Found::Part) if !is_settled => Begin::LookAgain,
        (_, Found::Nothing | Found::Failure) => Begin::Call,
        (Wish::Adopt, Found::Part) => Begin::CallForRest,
    }
}

#[cfg(test)]
mod tests;

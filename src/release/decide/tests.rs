//! Every row of both tables, as `docs/one-release.md` shows them, and the law over all of them. To write the page's tables
//! anew: `UPDATE_DOCS=1 cargo test --lib decide`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;
use crate::process::env::Env;

const REPLIES: [Reply; 10] = [
    Reply::Accepted,
    Reply::NotSent,
    Reply::Throttled,
    Reply::Denied,
    Reply::Rejected,
    Reply::MaybeDone,
    Reply::BatchRejected,
    Reply::UnderWay,
    Reply::Unreadable,
    Reply::Lost,
];
const IDEMPOTENCIES: [Idempotency; 3] =
    [Idempotency::Idempotent, Idempotency::Convergent, Idempotency::NonIdempotent];
const WISHES: [Wish; 4] = [Wish::Again, Wish::Adopt, Wish::Fail, Wish::Resume];
const FOUND: [Found; 7] = [
    Found::Nothing,
    Found::Part,
    Found::Release,
    Found::Failure,
    Found::Ambiguous,
    Found::Unreadable,
    Found::Forbidden,
];

fn attempts() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for reply in REPLIES {
        for idempotency in IDEMPOTENCIES {
            for facts in 0..32 {
                let fact = |bit: u32| facts & (1 << bit) != 0;
                attempts.push(Attempt {
                    reply,
                    idempotency,
                    earlier_lost: fact(0),
                    earlier_run: fact(1),
                    has_baseline: fact(2),
                    may_retry: fact(3),
                    resends: fact(4),
                });
            }
        }
    }
    attempts
}

fn befores() -> Vec<Before> {
    let mut befores = Vec::new();
    for wish in WISHES {
        for found in FOUND {
            for facts in 0..8 {
                let fact = |bit: u32| facts & (1 << bit) != 0;
                befores.push(Before {
                    wish,
                    found,
                    is_settled: fact(0),
                    leaves_trace: fact(1),
                    waits: fact(2),
                });
            }
        }
    }
    befores
}

/// One condition of a row: a column, and what stands in it for an input.
type Column<T> = (&'static str, fn(&T) -> String);

/// The cells of a row, and what it leads to.
type Row = (Vec<String>, String);

/// The fewest rows that say the same as all of them: a column that changes nothing is left blank.
fn rows<T: Copy>(inputs: &[T], columns: &[Column<T>], outcome: fn(T) -> String) -> Vec<Row> {
    let first = outcome(inputs[0]);
    if inputs.iter().all(|input| outcome(*input) == first) {
        return vec![(vec![String::new(); columns.len()], first)];
    }
    let (column, rest) = columns.split_first().unwrap();
    let mut values: Vec<String> = Vec::new();
    for input in inputs {
        let value = column.1(input);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let parts: Vec<(String, Vec<Row>)> = values
        .into_iter()
        .map(|value| {
            let part: Vec<T> = inputs.iter().filter(|input| column.1(input) == value).copied().collect();
            (value, rows(&part, rest, outcome))
        })
        .collect();
    if parts.iter().all(|(_, rows)| *rows == parts[0].1) {
        let without = parts.into_iter().next().unwrap().1;
        return without
            .into_iter()
            .map(|(cells, next)| ([vec![String::new()], cells].concat(), next))
            .collect();
    }
    // Values that lead to the same share their rows.
    let mut merged: Vec<(String, Vec<Row>)> = Vec::new();
    for (value, rows) in parts {
        match merged.iter_mut().find(|(_, known)| *known == rows) {
            Some((values, _)) => *values = format!("{values}, {value}"),
            None => merged.push((value, rows)),
        }
    }
    merged
        .into_iter()
        .flat_map(|(value, rows)| {
            rows.into_iter().map(move |(cells, next)| ([vec![value.clone()], cells].concat(), next))
        })
        .collect()
}

fn table<T: Copy>(inputs: &[T], columns: &[Column<T>], outcome: fn(T) -> String, last: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut page = format!("| {} | {last} |\n|{}\n", names.join(" | "), "---|".repeat(names.len() + 1));
    for (cells, next) in rows(inputs, columns, outcome) {
        let _ = writeln!(page, "| {} | {next} |", cells.join(" | "));
    }
    page
}

fn yes(fact: bool) -> String {
    if fact { "yes" } else { "no" }.to_owned()
}

fn end(end: End) -> &'static str {
    match end {
        End::NotReleased => "not released (3, 4, 7)",
        End::Unknown => "unknown (8)",
    }
}

fn in_words(next: Next) -> String {
    match next {
        Next::GoOn => "released".to_owned(),
        Next::Resend { status_first: false } => "sent again".to_owned(),
        Next::Resend { status_first: true } => "sent again, if the status shows no third state".to_owned(),
        Next::End(ending) => end(ending).to_owned(),
        Next::LookUp(LookUp { settles, part, unchanged, nothing }) => {
            let looked = if settles { "looked up for `settle_time`" } else { "looked up once" };
            let then = |then| match then {
                Then::GoOn => "released",
                Then::Resend => "sent again",
                Then::End(ending) => end(ending),
            };
            let (part, unchanged, nothing) = (then(part), then(unchanged), then(nothing));
            format!(
                "{looked}: found: released; a part: {part}; as before the call: {unchanged}; nothing: {nothing}"
            )
        }
    }
}

fn after_table() -> String {
    let columns: [Column<Attempt>; 7] = [
        ("the attempt", |attempt| {
            let words = match attempt.reply {
                Reply::Accepted => "accepted",
                Reply::NotSent => "never connected",
                Reply::Throttled => "throttled",
                Reply::Denied => "refused: credentials, permission",
                Reply::Rejected => "refused",
                Reply::MaybeDone => "refused by a code that can mean *done already*",
                Reply::BatchRejected => "several things refused",
                Reply::UnderWay => "the same call is under way",
                Reply::Unreadable => "unreadable 2xx",
                Reply::Lost => "lost",
            };
            words.to_owned()
        }),
        ("an earlier one was lost", |attempt| yes(attempt.earlier_lost)),
        ("the call", |attempt| {
            let words = match attempt.idempotency {
                Idempotency::Idempotent => "has a token",
                Idempotency::Convergent => "sets a state",
                Idempotency::NonIdempotent => "once only",
            };
            words.to_owned()
        }),
        ("baseline", |attempt| yes(attempt.has_baseline)),
        ("`retry_timeout` allows it", |attempt| yes(attempt.may_retry)),
        ("`if_lost`", |attempt| if attempt.resends { "`resend`" } else { "`stop`" }.to_owned()),
        ("follows another run, without a trace", |attempt| yes(attempt.earlier_run)),
    ];
    table(&attempts(), &columns, |attempt| in_words(after(attempt)), "leads to")
}

fn before_table() -> String {
    let columns: [Column<Before>; 5] = [
        ("asked for", |before| {
            let words = match before.wish {
                Wish::Again => "`if_released: again`",
                Wish::Adopt => "`adopt`",
                Wish::Fail => "`fail`",
                Wish::Resume => "`resume`",
            };
            words.to_owned()
        }),
        ("the status shows", |before| {
            let words = match before.found {
                Found::Nothing => "nothing",
                Found::Part => "a part",
                Found::Release => "it, under way or done",
                Found::Failure => "it, failed",
                Found::Ambiguous => "what may be it",
                Found::Unreadable => "nothing that can be read",
                Found::Forbidden => "that it may not be asked",
            };
            words.to_owned()
        }),
        ("shows what is under way", |before| yes(before.leaves_trace)),
        ("for `settle_time`, where a run follows another", |before| yes(before.is_settled)),
        ("`wait`", |before| yes(before.waits)),
    ];
    let outcome = |facts| {
        let words = match before(facts) {
            Begin::Call => "the call",
            Begin::CallForRest => "the call, for the rest",
            Begin::CallWithoutBaseline => "the call, with a warning",
            Begin::Existing => "no call; it is waited for",
            Begin::LookAgain => "asked again",
            Begin::Await => "no call; waited for",
            Begin::NothingToResume => "nothing to resume (2)",
            Begin::IsThere => "it is there (4)",
            Begin::Denied => "no permission (3)",
            Begin::Unknown => "unknown, no call (8)",
        };
        words.to_owned()
    };
    table(&befores(), &columns, outcome, "leads to")
}

#[test]
fn the_page_shows_every_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/one-release.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut written = page.clone();
    for (name, table) in [("before", before_table()), ("after", after_table())] {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- {name} end -->"));
        let (head, rest) = written.split_once(&begin).unwrap();
        let (_, tail) = rest.split_once(&end).unwrap();
        written = format!("{head}{begin}{table}{end}{tail}");
    }
    if Env::snapshot().get("UPDATE_DOCS").is_some() {
        fs::write(path, written).unwrap();
    } else {
        assert!(page == written, "the tables changed: UPDATE_DOCS=1 cargo test --lib decide\n{written}");
    }
}

/// What a look-up of a row leads to.
fn thens(next: Next) -> Vec<Then> {
    match next {
        Next::LookUp(LookUp { part, unchanged, nothing, .. }) => vec![part, unchanged, nothing],
        Next::End(end) => vec![Then::End(end)],
        Next::GoOn | Next::Resend { .. } => Vec::new(),
    }
}

#[test]
fn not_released_is_said_only_where_no_attempt_can_have_landed() {
    for attempt in attempts() {
        let refused = !matches!(attempt.reply, Reply::Unreadable | Reply::Lost | Reply::UnderWay);
        let may_say_no = refused && attempt.reply != Reply::Accepted && !attempt.earlier_lost;
        if thens(after(attempt)).contains(&NOT_RELEASED) {
            assert!(may_say_no, "{attempt:?}");
        }
    }
}

#[test]
fn a_call_that_may_have_landed_is_sent_again_only_where_that_makes_no_second_release() {
    for attempt in attempts() {
        let next = after(attempt);
        let may_have_landed = attempt.earlier_lost
            || matches!(attempt.reply, Reply::Lost | Reply::UnderWay | Reply::Unreadable);
        let resent = matches!(next, Next::Resend { .. });
        let resent_after_a_look = thens(next).contains(&Then::Resend);
        if resent || resent_after_a_look {
            assert!(attempt.may_retry, "{attempt:?}");
        }
        match attempt.idempotency {
            Idempotency::NonIdempotent if may_have_landed => assert!(!resent, "{attempt:?}"),
            Idempotency::Convergent if may_have_landed && resent => {
                assert!(attempt.has_baseline && next == Next::Resend { status_first: true }, "{attempt:?}");
            }
            _ => {}
        }
        if resent_after_a_look {
            assert!(attempt.resends && attempt.idempotency == Idempotency::NonIdempotent, "{attempt:?}");
        }
    }
}

#[test]
fn after_an_answer_of_success_nothing_is_sent_again() {
    for attempt in attempts().into_iter().filter(|attempt| attempt.reply == Reply::Unreadable) {
        let next = after(attempt);
        assert!(!matches!(next, Next::Resend { .. }), "{attempt:?}");
        assert!(!thens(next).contains(&Then::Resend), "{attempt:?}");
    }
}

#[test]
fn nothing_is_looked_up_without_a_baseline_and_what_cannot_be_looked_up_is_unknown() {
    for attempt in attempts().into_iter().filter(|attempt| !attempt.has_baseline) {
        assert!(!matches!(after(attempt), Next::LookUp(_)), "{attempt:?}");
        if matches!(attempt.reply, Reply::Lost) && attempt.idempotency != Idempotency::Idempotent {
            assert_eq!(after(attempt), Next::End(End::Unknown), "{attempt:?}");
        }
    }
}

#[test]
fn a_part_is_this_runs_only_where_its_own_call_was_refused_and_no_other_may_have_landed() {
    for attempt in attempts() {
        if matches!(after(attempt), Next::LookUp(LookUp { part: Then::GoOn, .. })) {
            assert!(attempt.reply == Reply::BatchRejected && !attempt.earlier_lost, "{attempt:?}");
        }
    }
}

#[test]
fn a_run_that_follows_another_believes_nothing_there_only_after_settle_time() {
    for facts in befores().into_iter().filter(|facts| !facts.is_settled && facts.wish != Wish::Again) {
        let begin = before(facts);
        let calls = matches!(begin, Begin::Call | Begin::CallForRest | Begin::CallWithoutBaseline);
        assert!(!calls && begin != Begin::NothingToResume, "{facts:?}");
    }
}

#[test]
fn no_call_is_made_where_one_is_not_wanted() {
    for facts in befores() {
        let begin = before(facts);
        let calls = matches!(begin, Begin::Call | Begin::CallForRest | Begin::CallWithoutBaseline);
        match facts.wish {
            Wish::Again => assert!(calls || facts.found == Found::Forbidden, "{facts:?}"),
            Wish::Resume => assert!(!calls, "{facts:?}"),
            Wish::Fail => {
                assert!(!calls || !matches!(facts.found, Found::Part | Found::Release), "{facts:?}");
            }
            Wish::Adopt => assert!(!calls || facts.found != Found::Release, "{facts:?}"),
        }
        if matches!(facts.found, Found::Ambiguous | Found::Unreadable) && facts.wish != Wish::Again {
            assert_eq!(begin, Begin::Unknown, "{facts:?}");
        }
    }
}

//! What the program says of what happens.

use jiff::Timestamp;
use sandbox::{By, Effect, Event, Recorded};

/// One line. Only what cannot hold a secret: names, the status, the vendor's code, the faults.
pub(crate) fn line(event: &Event<'_>) -> String {
    let now = Timestamp::now();
    match event {
        Event::Request(recorded) => request_line(recorded),
        Event::Effect(Effect { operation, id, at, by, .. }) => {
            let whose = if *by == By::Call { "" } else { " of somebody else" };
            format!("{at} effect{whose}: {operation} {}\n", plain(id))
        }
        Event::Refused(operation) => format!("{now} {} [refused]\n", plain(operation)),
        Event::Closed => format!("{now} the port is closed\n"),
        Event::Open => format!("{now} the port is open again\n"),
    }
}

fn request_line(recorded: &Recorded) -> String {
    let Recorded { at, request, status, request_id, code, released, .. } = recorded;
    let verdict = match (status, code, &released[..]) {
        (0, ..) => "no answer".to_owned(),
        (status, Some(code), _) => format!("{status} {request_id} refused: {code}"),
        (status, None, []) => format!("{status} {request_id} accepted"),
        (status, None, ids) => format!("{status} {request_id} released: {}", plain(&ids.join(","))),
    };
    let faults = recorded.faults.join(", ");
    let faults = if faults.is_empty() { faults } else { format!(" [{faults}]") };
    format!("{at} {} {} {verdict}{faults}\n", request.method, plain(&recorded.operation))
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

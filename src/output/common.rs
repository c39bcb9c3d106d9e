//! The outputs of every run.

/// An output's name and meaning.
pub struct Output(pub &'static str, pub &'static str);

/// Outputs that every run gives.
pub static OUTPUTS: &[Output] = &[
    Output("operation", "the operation"),
    Output("released", "`yes`, `no` or `unknown`"),
    Output(
        "release_outcome",
        "`not_released`, `submitted`, `succeeded`, `failed`, `timed_out`, `unwatched`, `cancelled` or `unknown`",
    ),
    Output("exit_status", "the exit status"),
    Output("request_id", "the vendor's id of the release call"),
    Output("started_at", "RFC 3339, UTC"),
    Output("ended_at", "RFC 3339, UTC"),
    Output("error_code", "on failure: the vendor's code, or our word for it"),
    Output("error_message", "on failure: what went wrong"),
    Output("result", "one JSON object: every output under its name, and on failure `error`"),
];

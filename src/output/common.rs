//! The outputs of every run.

/// An output's name and meaning.
pub struct Output(pub &'static str, pub &'static str);

/// Outputs that every run gives.
pub static OUTPUTS: &[Output] = &[
    Output("operation", "the operation"),
    Output("released", "`yes`, `no` or `unknown`"),
    Output(
        "release_hash",
        "SHA-256 of the operation, its endpoint and its own inputs: the same in each run that asks for the same release",
    ),
    Output(
        "release_origin",
        "where the release came from: `call` (the call was accepted), `lookup` (its answer was lost, the status shows the release), `adopted` (it was there before; no call was sent) or `resumed`",
    ),
    Output(
        "release_outcome",
        "`dry_run`, `not_released`, `submitted`, `succeeded`, `failed`, `timed_out`, `unwatched`, `cancelled` or `unknown`",
    ),
    Output("waiting_for", "the person whose approval is awaited, as far as the API tells"),
    Output("exit_status", "the exit status"),
    Output("request_id", "the vendor's id of the release call"),
    Output("started_at", "RFC 3339, UTC"),
    Output("ended_at", "RFC 3339, UTC"),
    Output("error_code", "on failure: the vendor's code, or our word for it"),
    Output("error_message", "on failure: what went wrong"),
    Output("result", "one JSON object: every output under its name, and on failure `error`"),
];

#[cfg(test)]
mod tests {
    use super::OUTPUTS;
    use crate::error::{Outcome, ReleaseOrigin, Released};

    /// Words in back quotes that stand in the documentation of an output.
    fn documented(name: &str) -> Vec<&'static str> {
        let output = OUTPUTS.iter().find(|output| output.0 == name).unwrap();
        output.1.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_word_of_an_output_is_documented_and_no_other() {
        let released = [Released::Yes, Released::No, Released::Unknown];
        assert_eq!(documented("released"), released.map(Released::as_str));
        assert_eq!(documented("release_outcome"), Outcome::ALL.map(Outcome::as_str));
        assert_eq!(documented("release_origin"), ReleaseOrigin::ALL.map(ReleaseOrigin::as_str));
    }
}

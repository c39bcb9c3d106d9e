//! The inputs that every operation has.

use super::Input;
use super::ValueType::{Boolean, BooleanOr, Duration, Id, Limit, Name, OneOf, Origin, Path, Text};

/// The table of common inputs, in the order in which `--help` shows them.
#[rustfmt::skip]
pub static INPUTS: &[Input] = &[
    Input::required("operation", Text(64), "which call to make"),
    Input::optional("region", Id(64),
        "the cloud's region id; Compute Nest has `cn-hangzhou` for a default, DCDN has none, Huawei Cloud needs it unless `endpoint` is given"),
    Input::optional("endpoint", Origin, "scheme, host and port instead of the region's"),
    Input::optional("wait", Boolean, "poll until the release is done").default("false"),
    Input::optional("wait_timeout", Duration, "how long to wait at most; `0` asks once").default("30m").when_waiting(),
    Input::optional("poll_interval", Duration, "the shortest pause between two polls").default("1s"),
    Input::optional("poll_max_interval", Duration, "the longest pause between two polls").default("30s"),
    Input::optional("if_released", OneOf(&["again", "adopt", "fail"]),
        "what to do when the status says that it is released already").default("again").when_calling(),
    Input::optional("if_lost", OneOf(&["stop", "resend"]),
        "what to do when the answer of a call that may be sent only once is lost, and the release is not seen within `settle_time`").default("stop").when_calling(),
    Input::optional("resume", Boolean, "send no release call, wait for the one made before").default("false"),
    Input::optional("request_timeout", Limit,
        "limit of one query; connecting has at most half of it, never more than 10 s").default("30s"),
    Input::optional("release_timeout", Limit, "limit of the release call's answer").default("120s").when_calling(),
    Input::optional("retry_timeout", Duration, "how long failed exchanges may be repeated or looked up").default("5m"),
    Input::optional("settle_time", Duration,
        "how long the release is looked for where \"not there\" is not yet believed; with `if_lost: resend` at least `30s`").default("90s"),
    Input::optional("dry_run", BooleanOr("online"),
        "check everything and send no release call: `true` sends nothing at all, `online` asks for credentials and the status; also \
         spelled `dry-run` and `dryrun`").default("false"),
    Input::optional("marker", Boolean,
        "write a text of ours into a free field of the call, by which a lost one is found").planned().when_calling(),
    Input::optional("output_file", Path,
        "a file for the outputs beside the CI's own place: `.json`, `.env` or `.properties`; on GitLab the dotenv file"),
    Input::optional("output_prefix", Name(64), "put before every output's name, except inside JSON"),
    Input::optional("summary_file", Path, "where the page for people goes, beside the CI's own place").planned(),
    Input::optional("ca_file", Path, "more trusted roots, a PEM file"),
    Input::optional("oidc_audience", Text(256), "audience of the CI's identity token, where it is asked for"),
    Input::optional("sts_endpoint", Origin, "base URL of the token service"),
    Input::optional("iam_endpoint", Origin, "base URL of Huawei Cloud's IAM"),
    Input::optional("ci", OneOf(&["auto", "github", "gitlab", "jenkins", "plain"]),
        "which CI's formats to write").default("auto"),
    Input::optional("log_level", OneOf(&["error", "warn", "info", "debug", "trace"]), "how much is logged").default("info"),
    Input::optional("log_format", OneOf(&["text", "json"]), "how it is logged").default("text"),
];

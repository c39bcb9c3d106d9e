//! The file commands of GitHub Actions, Gitea and Forgejo.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings>

use std::fmt::Write;

use super::{Outputs, Rendered};

/// Every value between two lines of a random delimiter. LF ends every line, on Windows too: the runner reads both
/// there.
pub(super) fn render(outputs: &Outputs, prefix: &str, token: &str) -> Rendered {
    let mut text = String::new();
    for (name, value) in outputs.texts() {
        let _ = write!(text, "{prefix}{name}<<{token}\n{value}\n{token}\n");
    }
    Rendered::whole(text)
}

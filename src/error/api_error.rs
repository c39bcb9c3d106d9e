//! What a server said of a failure.

use std::fmt;

use crate::text::sanitize;

/// What a server said of a failure. Foreign text: it is made harmless where it is shown.
#[derive(Clone, Debug, Default)]
pub struct ApiError {
    /// The HTTP status.
    pub http_status: Option<u16>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
    /// The vendor's id of the call.
    pub request_id: Option<String>,
}

/// What the server said, in one line: ``HTTP 404, `Code`: message (request id `…`)``.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.http_status.map(|status| format!("HTTP {status}")));
        parts.extend(self.code.as_ref().map(|code| format!("`{}`", sanitize::line(code))));
        let message = self.message.as_ref().map(|message| sanitize::line(message));
        let parts = [
            Some(parts.join(", ")),
            message.map(|message| message.trim_end().trim_end_matches('.').to_owned()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join(": "))?;
        match &self.request_id {
            Some(id) if parts.is_empty() => write!(f, "request id `{}`", sanitize::line(id)),
            Some(id) => write!(f, " (request id `{}`)", sanitize::line(id)),
            None => Ok(()),
        }
    }
}

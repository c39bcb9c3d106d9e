//! What a bug looks like to the user: one message without secrets, and exit status 1.

use std::panic::PanicHookInfo;

use crate::error::exit;
use crate::output::stream::STDERR;
use crate::text::redact::Redactor;
use crate::text::sanitize;

/// Prints a panic as one message and ends the process with status 1.
pub fn install(redactor: &Redactor) {
    let redactor = redactor.clone();
    std::panic::set_hook(Box::new(move |info| {
        let message = message(info);
        let message = redactor.redact(&message);
        let _ = STDERR.write(&format!(
            "error: {}\nhint: this is a bug in release-step {}; look in the vendor's console whether the release is \
             there before you run this again, and please report the message above\n",
            sanitize::line(&message),
            env!("CARGO_PKG_VERSION")
        ));
        end();
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let what = text.unwrap_or("no message");
    match info.location() {
        Some(location) => format!("{what}, in {}:{}", location.file(), location.line()),
        None => what.to_owned(),
    }
}

#[expect(clippy::exit, reason = "the hook is the last thing that runs; unwinding has nothing to add")]
fn end() -> ! {
    std::process::exit(i32::from(exit::BUG))
}

//! What happens later, as time goes on.

use jiff::Timestamp;

use crate::{
    action::Action,
    http::Request,
    state::{Sandbox, Times},
};

/// Something that will happen at a time of the clouds' clock.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    pub(crate) what: Coming,
}

#[derive(Clone, Debug)]
pub(crate) enum Coming {
    /// A request reaches its service. Its signature is judged as of its arrival at the gateway.
    Request { request: Request, gateway: Timestamp, called: Timestamp },
    /// Somebody else does something.
    Action(Action),
}

impl Sandbox {
    /// Lets happen what is due by now: requests that take effect late, and what somebody else does. [`Sandbox::handle`] and [`Sandbox::deliver`] do so
    /// first of all. `now` is the same clock as that of [`Sandbox::deliver`].
    pub fn settle(&mut self, now: Timestamp) {
        self.settle_by(now + self.clock);
    }

    pub(crate) fn settle_by(&mut self, now: Timestamp) {
        self.began.get_or_insert(now);
        while let Some(next) = self.next_due(now) {
            let Due { at, what } = self.due.remove(next);
            match what {
                Coming::Request { request, gateway, called } => {
                    let earlier = self.effects.len();
                    self.perform(Times { gateway, service: at }, &request);
                    self.effects[earlier..].iter_mut().for_each(|effect| effect.called = called);
                }
                Coming::Action(action) => self.act(at, action),
            }
        }
    }

    /// The place of what comes first, of several at one time that which was planned first.
    fn next_due(&self, now: Timestamp) -> Option<usize> {
        let due = self.due.iter().enumerate().filter(|(_, due)| due.at <= now);
        due.min_by_key(|(place, due)| (due.at, *place)).map(|(place, _)| place)
    }
}

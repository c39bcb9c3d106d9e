//! Answers of a replica that is behind.

use std::time::Duration;

use jiff::Timestamp;

use super::{Ending, Sent};
use crate::{
    alibaba::Alibaba,
    calls::Calls,
    http::Request,
    huawei::Huawei,
    state::{Sandbox, Times, operation},
};

/// Both clouds as they were until something was released.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    until: Timestamp,
    alibaba: Alibaba,
    huawei: Huawei,
}

impl Sandbox {
    /// Both clouds as they are, to be kept if what comes changes them.
    pub(crate) fn present(&self, until: Timestamp) -> Past {
        Past { until, alibaba: self.alibaba.clone(), huawei: self.huawei.clone() }
    }

    /// Asks a replica that is this far behind. Calls that change something never reach one.
    pub(super) fn send_stale(&mut self, times: Times, request: &Request, behind: Duration) -> Sent {
        if !Calls::Status.include(operation(request)) {
            return self.send(times, request, None);
        }
        let service = times.service - behind;
        let times = Times { service, ..times };
        let Some(past) = self.past.iter().find(|past| past.until > service).cloned() else {
            return self.send(times, request, None);
        };
        let alibaba = std::mem::replace(&mut self.alibaba, past.alibaba);
        let huawei = std::mem::replace(&mut self.huawei, past.huawei);
        let (answer, recorded) = self.pass(times, request);
        (self.alibaba, self.huawei) = (alibaba, huawei);
        (Ending::Answer(answer), recorded)
    }
}

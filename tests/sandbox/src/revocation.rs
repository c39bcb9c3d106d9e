//! Keys and trust that are taken back.

use jiff::Timestamp;

use crate::{account::Account, state::Sandbox};

impl Sandbox {
    /// All keys that were handed out so far are refused from this time on, by the clouds' clock, as if they had expired then.
    pub fn revoke_sessions(&mut self, at: Timestamp) {
        let accounts = self.alibaba.accounts.iter_mut().chain(&mut self.huawei.accounts);
        for Account { expires, .. } in accounts.filter(|account| account.principal.is_some()) {
            *expires = (*expires).map(|expires| expires.min(at));
        }
        self.alibaba.metadata.forget();
        self.huawei.metadata.forget();
    }

    /// No role and no agency is handed out any more. Keys that were handed out before work on.
    pub fn revoke_trust(&mut self) {
        for role in &mut self.alibaba.sts.roles {
            (role.trusts_keys, role.trusts) = (false, Vec::new());
        }
        for agency in &mut self.huawei.keyless.agencies {
            agency.trusts.clear();
        }
        for provider in &mut self.huawei.keyless.identity_providers {
            provider.subjects.clear();
        }
        self.alibaba.metadata.role = None;
        self.huawei.metadata.role = None;
    }
}

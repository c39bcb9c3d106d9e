//! What other people do to packages and extensions. Each says whether it could be done.

use jiff::Timestamp;

use super::Huawei;
use crate::world;

impl Huawei {
    /// The id of the newest package.
    pub(crate) fn newest_package(&self) -> Option<String> {
        self.factory.packages.iter().map(|package| package.id).max().map(|id| id.to_string())
    }

    /// Makes a package of items that one person has submitted, and says its id.
    pub(crate) fn somebody_packs(
        &mut self,
        now: Timestamp,
        name: &str,
        items: &[String],
        approvers: Vec<String>,
    ) -> Option<String> {
        let applicant = self.factory.item_mut(items.first()?)?.submit_user_id.clone();
        self.factory.make_package(now, &applicant, name, items, approvers).ok()
    }

    /// Deploys a package, and starts its jobs.
    pub(crate) fn somebody_deploys(&mut self, now: Timestamp, id: &str) -> bool {
        self.factory.deploy_one(now, id, true, world::ADMIN_ID).is_ok()
    }

    pub(crate) fn somebody_withdraws(&mut self, id: &str) -> bool {
        self.factory.withdraw(id).is_ok()
    }

    /// Takes a package out of the list, withdrawn or not, and frees its items.
    pub(crate) fn somebody_deletes_package(&mut self, id: &str) -> bool {
        let Some(package) = self.factory.package_mut(id).map(|package| package.id) else {
            return false;
        };
        self.factory.packages.retain(|known| known.id != package);
        for item in self.factory.items.iter_mut().filter(|item| item.package == Some(package)) {
            item.package = None;
        }
        true
    }

    pub(crate) fn somebody_publishes(&mut self, now: Timestamp, name: &str, version: &str) -> bool {
        self.pipeline.make_formal(now, name, version).is_ok()
    }

    pub(crate) fn somebody_deletes_extension(&mut self, name: &str, version: &str) -> bool {
        let before = self.pipeline.versions.len();
        self.pipeline.versions.retain(|known| known.plugin_name != name || known.version != version);
        self.pipeline.versions.len() < before
    }
}

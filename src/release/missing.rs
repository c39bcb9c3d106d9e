//! What the status does not show, or not as this release made it: it has failed once that has lasted.

use std::time::Duration;

use tokio::time::Instant;

use crate::operation::Item;

/// How long a thing may be missing at least: replicas lag.
const SHORTEST: Duration = Duration::from_secs(30);

/// Things that are missing, each with the moment since when.
#[derive(Default)]
pub(super) struct Missing(Vec<(Item, Instant)>);

impl Missing {
    /// Takes in what is missing now, and returns what has been so for `settle_time`. What is shown again is not missing.
    pub(super) fn update(&mut self, missing: Vec<Item>, settle_time: Duration) -> Vec<Item> {
        let now = Instant::now();
        let since = |item: &Item| {
            let known = self.0.iter().find(|(known, _)| known.id == item.id);
            known.map_or(now, |(_, since)| *since)
        };
        self.0 =
            missing.into_iter().map(|item| (since(&item), item)).map(|(since, item)| (item, since)).collect();
        let limit = settle_time.max(SHORTEST);
        let is_over = |(_, since): &&(Item, Instant)| since.elapsed() >= limit;
        self.0.iter().filter(is_over).map(|(item, _)| item.clone()).collect()
    }
}

//! Which service a request is for. One port has them all: they are told apart by the host, the path and the action.

use crate::{account::Cloud, alibaba, http::Request, huawei, identity};

/// Where Alibaba Cloud's servers find their metadata service.
pub const ALIBABA_METADATA_ADDRESS: &str = "100.100.100.200";

/// Where Huawei Cloud's servers find theirs.
pub const HUAWEI_METADATA_ADDRESS: &str = "169.254.169.254";

/// A service with an envelope of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Alibaba Cloud's RPC gateway, in front of Compute Nest and DCDN.
    Alibaba,
    /// Alibaba Cloud's STS.
    AlibabaSts,
    /// Huawei Cloud's gateway, in front of everything, IAM and STS included.
    Huawei,
    /// A cloud's metadata service; Alibaba Cloud's also has the credentials URI.
    Metadata(Cloud),
    /// A CI system's identity tokens.
    Identity,
}

impl Service {
    pub(crate) fn of(request: &Request) -> Self {
        let path = request.path();
        let host = request.header("host").unwrap_or_default();
        let is_at = |address: &str| {
            host.strip_prefix(address).is_some_and(|port| port.is_empty() || port.starts_with(':'))
        };
        // A metadata address has nothing else.
        if is_at(ALIBABA_METADATA_ADDRESS) {
            Self::Metadata(Cloud::Alibaba)
        } else if is_at(HUAWEI_METADATA_ADDRESS) || huawei::metadata::route(request).is_some() {
            Self::Metadata(Cloud::Huawei)
        } else if alibaba::metadata::route(request).is_some() {
            Self::Metadata(Cloud::Alibaba)
        } else if identity::is_endpoint(path) {
            Self::Identity
        } else if huawei::ROOTS.iter().any(|root| path.starts_with(root)) {
            Self::Huawei
        } else if alibaba::sts::is_for(request) {
            Self::AlibabaSts
        } else {
            Self::Alibaba
        }
    }
}

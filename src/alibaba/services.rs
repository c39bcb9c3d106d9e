//! The services of Alibaba Cloud, and their hosts.

use crate::cloud::Service;
use crate::cloud::region::RegionVariables;

/// Of the SDKs, of the CLI, of Terraform.
const REGION_VARIABLES: RegionVariables = RegionVariables {
    read: &["ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"],
    prefixes: &["ALIBABA", "ALICLOUD", "ALIYUN"],
};

/// Compute Nest for suppliers.
///
/// Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-endpoint>
pub static COMPUTE_NEST: Service = Service {
    name: "Compute Nest",
    codes: &["EntityNotExist*", "EntityAlreadyExist*", "OperationDenied*"],
    regions: &["cn-hangzhou", "ap-southeast-1"],
    default_region: Some("cn-hangzhou"),
    host: |region| format!("computenestsupplier.{region}.aliyuncs.com"),
    reach: " (also for artifacts of other regions)",
    region_variables: REGION_VARIABLES,
};

/// DCDN, one host for all regions.
///
/// Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-endpoint>
pub static DCDN: Service = Service {
    name: "DCDN",
    codes: &["EdgeRoutine*"],
    regions: &[],
    default_region: None,
    host: |_| "dcdn.aliyuncs.com".to_owned(),
    reach: "",
    region_variables: REGION_VARIABLES,
};

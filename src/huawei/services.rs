//! The services of Huawei Cloud, and their hosts.

use crate::cloud::Service;
use crate::cloud::region::RegionVariables;

/// Of Terraform, of the SDKs, of the vendor's own GitHub action.
const REGION_VARIABLES: RegionVariables = RegionVariables {
    read: &["HW_REGION_NAME", "HUAWEICLOUD_SDK_REGION", "HUAWEI_CLOUD_REGION"],
    prefixes: &["HUAWEI", "HW_", "CLOUD_SDK_", "OS_"],
};

/// DataArts Factory.
///
/// Source: the region table of the vendor's own SDK, `huaweicloudsdkdataartsstudio`.
pub static DATAARTS_FACTORY: Service = Service {
    name: "DataArts Factory",
    codes: &["DLF.*"],
    regions: &[
        "cn-north-1",
        "cn-north-2",
        "cn-north-4",
        "cn-north-9",
        "cn-north-11",
        "cn-east-2",
        "cn-east-3",
        "cn-east-4",
        "cn-south-1",
        "cn-southwest-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "af-south-1",
        "ru-northwest-2",
        "ru-moscow-1",
        "sa-brazil-1",
        "la-south-2",
        "la-north-2",
        "na-mexico-1",
        "tr-west-1",
        "me-east-1",
        "eu-west-101",
        "ae-ad-1",
        "my-kualalumpur-1",
    ],
    default_region: None,
    host: |region| format!("dayu.{region}.{}", domain(region)),
    reach: "",
    region_variables: REGION_VARIABLES,
};

/// CodeArts Pipeline.
///
/// Source: the region table of the vendor's own SDK, `huaweicloudsdkcodeartspipeline`; for the European site
/// <https://support.huaweicloud.com/eu/api-pipeline/pipeline_03_0003.html>.
pub static CODEARTS_PIPELINE: Service = Service {
    name: "CodeArts Pipeline",
    codes: &["DEVCP.*", "COCT.*"],
    regions: &[
        "cn-north-1",
        "cn-north-4",
        "cn-south-1",
        "cn-south-2",
        "cn-east-2",
        "cn-east-3",
        "cn-southwest-2",
        "ap-southeast-3",
        "sa-brazil-1",
        "la-north-2",
        "tr-west-1",
        "la-south-2",
        "af-north-1",
        "me-east-1",
        "af-south-1",
        "eu-west-101",
    ],
    default_region: None,
    host: |region| {
        let name = match region {
            "tr-west-1" | "la-south-2" | "eu-west-101" => "pipeline-external",
            "af-north-1" | "me-east-1" | "af-south-1" => "pipeline",
            _ => "cloudpipeline-ext",
        };
        format!("{name}.{region}.{}", domain(region))
    },
    reach: "",
    region_variables: REGION_VARIABLES,
};

/// The European site has a domain of its own, as the vendor's Terraform provider has it.
pub(super) fn domain(region: &str) -> &'static str {
    if region.starts_with("eu-west-1") { "myhuaweicloud.eu" } else { "myhuaweicloud.com" }
}

#[cfg(test)]
mod tests {
    use super::{CODEARTS_PIPELINE, DATAARTS_FACTORY};

    #[test]
    fn hosts_of_regions() {
        let hosts = [
            (&DATAARTS_FACTORY, "cn-north-4", "dayu.cn-north-4.myhuaweicloud.com"),
            (&DATAARTS_FACTORY, "eu-west-101", "dayu.eu-west-101.myhuaweicloud.eu"),
            (&CODEARTS_PIPELINE, "cn-north-4", "cloudpipeline-ext.cn-north-4.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "tr-west-1", "pipeline-external.tr-west-1.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "me-east-1", "pipeline.me-east-1.myhuaweicloud.com"),
            (&CODEARTS_PIPELINE, "eu-west-101", "pipeline-external.eu-west-101.myhuaweicloud.eu"),
        ];
        for (service, region, host) in hosts {
            assert!(service.regions.contains(&region), "{region}");
            assert_eq!((service.host)(region), host);
        }
    }
}

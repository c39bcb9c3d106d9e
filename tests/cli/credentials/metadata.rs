//! The metadata services, at their own addresses: in a network of its own, where both are on `lo`.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;

use sandbox::{Cloud, Listen, Sandbox, Server, world};

use super::{asked, is_hidden, without_keys};
use crate::support::release_calls;
use crate::support::skipped;
use crate::support::step::Step;

/// Makes the network, and runs the test of this name in it.
const INSIDE: &str = "ip link set lo up && ip addr add 100.100.100.200/32 dev lo && \
                      ip addr add 169.254.169.254/32 dev lo && exec \"$0\" --ignored --exact \"$1\"";

#[test]
fn the_metadata_services_are_asked_at_their_own_addresses() {
    let possible = Command::new("unshare").args(["-rn", "ip", "link", "set", "lo", "up"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return skipped("no network namespace can be made here");
    }
    let inner = "credentials::metadata::inside";
    let this = std::env::current_exe().unwrap();
    let ran =
        Command::new("unshare").args(["-rn", "sh", "-c", INSIDE]).arg(this).arg(inner).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

fn server(mode: &str) -> Server {
    let mut sandbox = Sandbox::new();
    sandbox.arrange(&format!("metadata {mode}")).unwrap();
    let addresses = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(169, 254, 169, 254)];
    let further = addresses.map(|address| SocketAddrV4::new(address, 80)).into();
    Server::listen(sandbox, Listen { further, ..Listen::default() }, |_| ()).unwrap()
}

/// A proxy that leads nowhere: metadata services are never behind one.
fn step(cloud: Cloud, server: &Server) -> Step {
    let step = |operation| without_keys(Step::plain(), operation, server).input("log_level", "trace");
    let step = match cloud {
        Cloud::Alibaba => step("release_artifact").env("ALIBABA_CLOUD_ECS_METADATA", world::ALIBABA_ECS_ROLE),
        Cloud::Huawei => step("publish_extension_draft").env("HUAWEICLOUD_ECS_METADATA", "true"),
    };
    ["http_proxy", "https_proxy", "ALL_PROXY"]
        .into_iter()
        .fold(step, |step, name| step.env(name, "http://127.0.0.1:1"))
}

#[test]
#[ignore = "for a network of its own, which the test above makes"]
fn inside() {
    for mode in ["required-token", "optional-token", "no-token"] {
        for cloud in [Cloud::Alibaba, Cloud::Huawei] {
            let server = server(mode);
            let run = step(cloud, &server).run().exits_with(0);
            assert_eq!(release_calls(&server).len(), 1, "{mode}");
            let first: Vec<String> = asked(&server).into_iter().take(2).collect();
            let keys = if cloud == Cloud::Alibaba { "GetRamCredentials" } else { "GetSecurityKey" };
            assert_eq!(first, ["GetMetadataToken", keys], "{mode}");
            is_hidden(&run, &server, &[]);
        }
    }
    for cloud in [Cloud::Alibaba, Cloud::Huawei] {
        let server = server("no-role");
        let run = step(cloud, &server).run().exits_with(3);
        let remedy =
            if cloud == Cloud::Alibaba { "bind it in the ECS console" } else { "this ECS has no agency" };
        assert!(run.stderr.contains(remedy), "{}", run.transcript());
    }
    // Without the old way, a service that knows no tokens is refused.
    let server = server("no-token");
    step(Cloud::Alibaba, &server).env("ALIBABA_CLOUD_IMDSV1_DISABLED", "true").run().exits_with(3);
    drop(server);
    // Nothing is asked where it is switched off.
    let server = self::server("required-token");
    step(Cloud::Alibaba, &server).env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true").run().exits_with(3);
    assert!(server.requests().is_empty());
}

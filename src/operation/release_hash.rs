//! What tells one release from another: the output `release_hash`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::spec::OperationSpec;
use crate::http::endpoint::Endpoint;
use crate::input::{ValueType, Values, common};
use crate::text::digest;

/// Own inputs that say how a release is recognised, not what is released.
const NOT_WHAT_IS_RELEASED: [&str; 3] = ["client_token", "previous_version", "release_package_id"];

/// The SHA-256, in hexadecimal, of the operation, the server that it goes to and its own inputs. Give it values in which
/// names are resolved to ids. The common inputs do not count, nor does the order of a list or of an object's keys.
#[must_use]
pub fn release_hash(spec: &OperationSpec, endpoint: &Endpoint, values: &Values) -> String {
    let is_common = |name: &str| common::INPUTS.iter().any(|input| input.name == name);
    let own = spec
        .inputs
        .iter()
        .filter(|input| !NOT_WHAT_IS_RELEASED.contains(&input.name) && !is_common(input.name));
    let own: BTreeMap<&str, String> =
        own.filter_map(|input| Some((input.name, unordered(input.kind, values.get(input.name)?)))).collect();
    let authority = endpoint.authority();
    let place = [spec.name, authority.as_ref()];
    digest::of_parts(place.into_iter().chain(own.iter().flat_map(|(name, value)| [*name, value])))
}

/// A value in which the order of a list's items and of an object's keys is always the same.
fn unordered(kind: ValueType, value: &str) -> String {
    let is_list = matches!(kind, ValueType::List(_) | ValueType::Ids(_) | ValueType::ListOrObject(_));
    match is_list.then(|| serde_json::from_str(value)) {
        Some(Ok(Value::Array(mut items))) => {
            items.sort_by_key(Value::to_string);
            Value::Array(items).to_string()
        }
        // Its keys are sorted when it is read.
        Some(Ok(object)) => object.to_string(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::release_hash;
    use crate::catalog;
    use crate::http::endpoint::Endpoint;
    use crate::input::{Input, Known, common, read};
    use crate::process::env::Env;
    use crate::text::redact::Redactor;

    fn of(operation: &str, endpoint: &str, inputs: &[(&str, &str)]) -> String {
        let spec = catalog::find(operation).unwrap();
        let known: Vec<&Input> = common::INPUTS.iter().chain(spec.inputs).collect();
        let known = Known::of(&known);
        let inputs = inputs.iter().map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), *value));
        let env: Env = inputs.map(|(name, value)| (name.into(), value.into())).collect();
        let (values, _) = read(&env, &known, &Redactor::default());
        release_hash(spec, &Endpoint::parse(endpoint).unwrap(), &values)
    }

    const HERE: &str = "https://dayu.example";
    const PACKAGES: [(&str, &str); 3] =
        [("project_id", "p1"), ("package_ids", "2301,2302"), ("startup_mode", "1")];

    #[test]
    fn it_is_the_same_however_the_same_release_is_asked_for() {
        let one = of("deploy_packages", HERE, &PACKAGES);
        assert_eq!(one.len(), 64);
        let same: [&[(&str, &str)]; 5] = [
            &[("startup_mode", "1"), ("package_ids", "2302, 2301"), ("project_id", "p1")],
            &[("project_id", "p1"), ("package_ids", r#"["2301", 2302]"#)],
            &[("project_id", " p1 "), ("package_ids", "2301,2302,2301")],
            &[("project_id", "p1"), ("package_ids", "2301,2302"), ("wait", "true"), ("settle_time", "1m")],
            &[
                ("project_id", "p1"),
                ("package_ids", "2301,2302"),
                ("if_released", "adopt"),
                ("output_prefix", "a_"),
            ],
        ];
        for inputs in same {
            assert_eq!(of("deploy-packages", HERE, inputs), one, "{inputs:?}");
        }

        let tokens = [
            [("client_token", "a"), ("previous_version", "1")],
            [("client_token", "b"), ("previous_version", "2")],
        ];
        let [a, b] = tokens
            .map(|[token, version]| of("release_artifact", HERE, &[("artifact_id", "x"), token, version]));
        assert_eq!(a, b);

        let envs = [r#"{"a": {"b": 1, "c": 2}, "d": {}}"#, r#"{"d":{},"a":{"c":2,"b":1}}"#];
        let [a, b] =
            envs.map(|envs| of("publish_routine_code_revision", HERE, &[("name", "x"), ("envs", envs)]));
        assert_eq!(a, b);
    }

    #[test]
    fn it_is_another_one_for_each_other_release() {
        let one = of("deploy_packages", HERE, &PACKAGES);
        let others = [
            of("deploy_packages", "https://dayu.example:8443", &PACKAGES),
            of("deploy_packages", HERE, &[("project_id", "p2"), PACKAGES[1]]),
            of("deploy_packages", HERE, &[PACKAGES[0], ("package_ids", "2301")]),
            of("deploy_packages", HERE, &[PACKAGES[0], ("package_ids", "23012302")]),
            of("deploy_packages", HERE, &[PACKAGES[0], PACKAGES[1], ("startup_mode", "0")]),
            of("deploy_packages", HERE, &[PACKAGES[0], PACKAGES[1], ("workspace", "w")]),
            of("release_package", HERE, &PACKAGES),
        ];
        for (position, other) in others.iter().enumerate() {
            assert_ne!(*other, one, "{position}");
        }
    }
}

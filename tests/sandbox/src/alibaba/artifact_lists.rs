//! `ListArtifacts` and `ListArtifactVersions`: filters and pages.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    artifact::Artifact,
    compute_nest::{ComputeNest, no_artifact},
    params::{Params, invalid},
};
use crate::refusal::Refusal;

/// A name and the values of which one must hold.
type Filter = (String, Vec<String>);

pub(super) fn artifacts(nest: &ComputeNest, now: Timestamp, params: &Params) -> Result<Value, Refusal> {
    params.only(&["Filter.", "MaxResults", "NextToken"])?;
    let filters = numbered_filters(params)?;
    let mut found = Vec::new();
    for artifact in &nest.artifacts {
        if passes(artifact, &filters)? {
            found.push(summary(nest, artifact, now));
        }
    }
    page(found, params)
}

pub(super) fn versions(nest: &ComputeNest, now: Timestamp, params: &Params) -> Result<Value, Refusal> {
    params.only(&["ArtifactId", "Filters", "MaxResults", "NextToken"])?;
    let id = params.required("ArtifactId")?;
    let artifact = nest.artifacts.iter().find(|artifact| artifact.id == id).ok_or_else(no_artifact)?;
    let numbers = (1..=artifact.versions.len()).rev().map(|number| number.to_string());
    let names = artifact.draft.iter().map(|_| "draft".to_owned()).chain(numbers);
    let wanted = statuses(params.get("Filters"))?;
    let found = names
        .filter_map(|name| artifact.build(Some(&name)))
        .filter(|(_, build)| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == nest.status(build, now)))
        })
        .map(|(name, build)| {
            let mut entry = nest.describe(artifact, &name, build, now);
            entry["GmtCreate"] = json!(build.created.to_string());
            entry["SecurityAuditResult"] = json!("Normal");
            entry
        });
    page(found.collect(), params)
}

fn summary(nest: &ComputeNest, artifact: &Artifact, now: Timestamp) -> Value {
    let last = artifact.build(None);
    let modified = last.as_ref().map(|(_, build)| build.released.unwrap_or(build.created).to_string());
    json!({
        "ArtifactId": artifact.id,
        "ArtifactType": artifact.kind,
        "Name": artifact.name,
        "Description": artifact.description,
        "GmtModified": modified,
        "MaxVersion": artifact.versions.len().to_string(),
        "PermissionType": "Private",
        "Status": last.map(|(_, build)| nest.status(build, now)),
        "Tags": [],
    })
}

/// Reads `Filter.1.Name`, `Filter.1.Values.1` and so on.
fn numbered_filters(params: &Params) -> Result<Vec<Filter>, Refusal> {
    let mut filters = Vec::new();
    let mut used = 0;
    for number in 1.. {
        let Some(name) = params.get(&format!("Filter.{number}.Name")) else {
            break;
        };
        let value = |place: usize| params.get(&format!("Filter.{number}.Values.{place}")).map(str::to_owned);
        let values: Vec<_> = (1..).map_while(value).collect();
        used += 1 + values.len();
        filters.push((name.to_owned(), values));
    }
    let sent = params.iter().filter(|(name, _)| name.starts_with("Filter.")).count();
    if sent == used {
        Ok(filters)
    } else {
        Err(invalid("Filter", "has gaps, empty values or unknown members"))
    }
}

fn passes(artifact: &Artifact, filters: &[Filter]) -> Result<bool, Refusal> {
    for (name, values) in filters {
        let holds = match name.as_str() {
            // The name is looked for anywhere in the artifact's own.
            "Name" => values.iter().any(|value| artifact.name.contains(value.as_str())),
            "ArtifactId" => values.contains(&artifact.id),
            "ArtifactType" => values.contains(&artifact.kind),
            _ => return Err(invalid("Filter", "has an unknown name")),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads `Filters`, such as `[{"Name":"Status","Values":["Available"]}]`.
fn statuses(text: Option<&str>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let broken = || invalid("Filters", "is not a JSON array of {Name, Values}");
    let filters: Vec<Value> = serde_json::from_str(text).map_err(|_| broken())?;
    let [filter] = &filters[..] else {
        return Err(invalid("Filters", "holds another number of filters than one"));
    };
    if filter["Name"] != "Status" {
        return Err(invalid("Filters", "has an unknown name"));
    }
    let values = filter["Values"].as_array().ok_or_else(broken)?;
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned).ok_or_else(broken))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// One page: `MaxResults` entries (1 to 100, by default 20) from where `NextToken` points.
fn page(mut entries: Vec<Value>, params: &Params) -> Result<Value, Refusal> {
    let size = match params.get("MaxResults").map(str::parse) {
        None => 20,
        Some(Ok(size @ 1..=100)) => size,
        Some(_) => return Err(invalid("MaxResults", "is not a number from 1 to 100")),
    };
    let start = match params.get("NextToken") {
        None => 0,
        Some(token) => {
            read_token(token).ok_or_else(|| invalid("NextToken", "is not one that was given out"))?
        }
    };
    let total = entries.len();
    let rest = entries.split_off(start.min(total));
    let mut answer = json!({ "MaxResults": size, "TotalCount": total });
    if rest.len() > size {
        answer["NextToken"] = json!(write_token(start + size));
    }
    answer["Artifacts"] = rest.into_iter().take(size).collect();
    Ok(answer)
}

/// Opaque to clients, with the characters that are easily lost on the way back.
fn write_token(start: usize) -> String {
    format!("AAAAAb+/{start:06x}==")
}

fn read_token(token: &str) -> Option<usize> {
    usize::from_str_radix(token.strip_prefix("AAAAAb+/")?.strip_suffix("==")?, 16).ok()
}

//! Holds the house against its plan, the list of floors in `src/lib.rs`: no folder imports one above it, and no files import
//! each other in a circle. Unit tests at the end of a file may look anywhere.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failure")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, the top one first, each with its wings.
fn floors() -> Vec<Vec<String>> {
    let page = fs::read_to_string(source().join("lib.rs")).unwrap();
    let list = page.split("From the top:").nth(1).unwrap().split("```").nth(1).unwrap();
    let lines = list.lines().skip(1).map(|line| line.trim_start_matches("//!").trim());
    lines.filter(|line| !line.is_empty()).map(|line| line.split(", ").map(str::to_owned).collect()).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below `src`, by its module's path.
fn files(folder: &Path, module: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = if module.is_empty() { name.clone() } else { format!("{module}::{name}") };
        if path.is_dir() {
            files(&path, &inner, found);
        } else if !["lib", "main"].contains(&name.as_str()) {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.insert(if name == "mod" { module.to_owned() } else { inner }, code.join("\n"));
        }
    }
}

/// The paths that a text names after `crate::` or `super::`, groups in braces resolved.
fn paths(module: &str, is_folder: bool, text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let parent = if is_folder { module } else { module.rsplit_once("::").map_or("", |(parent, _)| parent) };
    let above = if is_folder { module.rsplit_once("::").map_or("", |(above, _)| above) } else { parent };
    for (marker, prefix) in
        [("crate::", String::new()), ("super::", format!("{above}::")), ("self::", format!("{parent}::"))]
    {
        for rest in text.split(marker).skip(1) {
            expand(prefix.trim_start_matches("::"), rest, &mut paths);
        }
    }
    paths
}

/// Resolves `a::{b, c::{d}}` at the beginning of a text. Returns what follows.
fn expand<'a>(prefix: &str, text: &'a str, paths: &mut Vec<String>) -> &'a str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let here = format!("{prefix}{path}");
    let Some(mut rest) = rest.strip_prefix('{') else {
        paths.push(here);
        return rest;
    };
    loop {
        rest = expand(&here, rest.trim_start(), paths).trim_start();
        match rest.strip_prefix(',') {
            Some(more) if !more.trim_start().starts_with('}') => rest = more,
            Some(more) => return more.trim_start().trim_start_matches('}'),
            None => return rest.trim_start_matches('}'),
        }
    }
}

/// Which file each file imports.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    files(&source(), "", &mut found);
    let file_of = |path: &str| {
        let mut path = path.trim_end_matches(':').to_owned();
        loop {
            if found.contains_key(&path) {
                return Some(path);
            }
            path.truncate(path.rfind("::")?);
        }
    };
    let is_folder = |module: &str| found.keys().any(|other| other.starts_with(&format!("{module}::")));
    let of = |(module, text): (&String, &String)| {
        let named = paths(module, is_folder(module), text);
        let imported = named.iter().filter_map(|path| file_of(path)).filter(|other| other != module);
        (module.clone(), imported.collect())
    };
    found.iter().map(of).collect()
}

#[test]
fn no_folder_imports_one_above_it() {
    let floors = floors();
    let wing = |module: &str| module.split("::").next().unwrap().to_owned();
    let floor = |module: &str| {
        let floor = floors.iter().position(|floor| floor.contains(&wing(module)));
        floor.unwrap_or_else(|| panic!("`{module}` is on no floor of src/lib.rs"))
    };
    let mut upwards = Vec::new();
    for (module, imported) in imports() {
        for other in imported {
            if wing(&module) != wing(&other) && floor(&module) >= floor(&other) {
                upwards.push(format!("{module} imports {other}"));
            }
        }
    }
    assert_eq!(upwards, [""; 0], "arrows upwards, or to a wing of the same floor");
    let wings: BTreeSet<String> = imports().keys().map(|module| wing(module)).collect();
    assert_eq!(wings, floors.concat().into_iter().collect(), "the list of floors names every wing");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut left = imports();
    // A folder's own page names what is in it.
    for (module, imported) in &mut left {
        imported.retain(|other| !other.starts_with(&format!("{module}::")));
    }
    // What imports nothing that is left is in no circle.
    while let Some(free) =
        left.iter().find(|(_, imported)| imported.is_empty()).map(|(module, _)| module.clone())
    {
        left.remove(&free);
        for imported in left.values_mut() {
            imported.remove(&free);
        }
    }
    assert!(left.is_empty(), "in a circle, or above one: {left:#?}");
}

//! The environments that a revision can be published to.

use serde_json::Value;

use super::dcdn::general;
use crate::refusal::Refusal;

/// The places of the preset canary environments, in the vendor's spelling.
const PLACES: [&str; 35] = [
    "Overseas",
    "Anhui",
    "Beijing",
    "Chongqing",
    "Fujian",
    "Gansu",
    "Guangdong",
    "Guangxi",
    "Guizhou",
    "Hainan",
    "Hebei",
    "Heilongjiang",
    "Henan",
    "HongKong",
    "Hubei",
    "Hunan",
    "Jiangsu",
    "Jiangxi",
    "Jilin",
    "Liaoning",
    "Macao",
    "Neimenggu",
    "Ningxia",
    "Qinghai",
    "Shaanxi",
    "Shandong",
    "Shanghai",
    "Shanxi",
    "Sichuan",
    "Taiwan",
    "Tianjin",
    "Xinjiang",
    "Xizang",
    "Yunan",
    "Zhejiang",
];

/// `presetCanaryOverseas` and so on.
pub(super) fn canaries() -> impl Iterator<Item = String> {
    PLACES.iter().map(|place| format!("presetCanary{place}"))
}

/// Reads `Envs`: a JSON array of names, or an object whose keys are names. Gives them in the present spelling.
pub(super) fn read(text: &str) -> Result<Vec<String>, Refusal> {
    let names = match serde_json::from_str(text) {
        Ok(Value::Array(names)) => {
            names.into_iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        }
        Ok(Value::Object(conf)) => {
            conf.iter().map(|(name, conf)| conf.is_object().then(|| name.clone())).collect()
        }
        _ => None,
    };
    match names {
        Some(names) if !names.is_empty() => names.iter().map(|name| environment(name)).collect(),
        _ => Err(general("Envs is not a JSON array of environment names")),
    }
}

/// Both spellings mean the same: `presetCanaryHongKong` and the older `Preset_Canary_Hong_Kong`.
pub(super) fn environment(name: &str) -> Result<String, Refusal> {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let mut known = ["production", "staging"].into_iter().map(str::to_owned).chain(canaries());
    known
        .find(|known| plain(known) == plain(name))
        .ok_or_else(|| general(&format!("the environment {name} does not exist")))
}

/// The older spelling of a name: `Preset_Canary_Hong_Kong`.
pub(super) fn older(name: &str) -> String {
    let mut older = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            older.push('_');
        }
        older.push(if older.is_empty() { letter.to_ascii_uppercase() } else { letter });
    }
    older
}

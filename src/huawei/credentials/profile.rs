//! The credentials file of the vendor's SDKs, `~/.huaweicloud/credentials`: an INI file whose section `[basic]` is for
//! services of a project, `[global]` for those of the whole account.
//!
//! Source: <https://github.com/huaweicloud/huaweicloud-sdk-python-v3/blob/master/README.md#224-use-profile-credentials>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::federation::Federation;
use super::iam;
use crate::cloud::credentials::check::{Part, Vendor};
use crate::cloud::credentials::exchange::TokenFile;
use crate::cloud::credentials::identity::IdentityToken;
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{checked, text, wrong};
use crate::cloud::credentials::{Credentials, Keys};
use crate::error::Error;
use crate::process::env::Env;

const FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The file that the environment names; outside of a CI also that in its default place.
pub(super) fn look(context: &Context, is_first: bool) -> Result<Option<Found>, Error> {
    let named = text(context.env, FILE)?;
    let is_there = || is_first && !context.in_ci && default(context.env).is_some_and(|path| path.is_file());
    if named.is_none() && !is_there() {
        return Ok(None);
    }
    let name = if named.is_some() { format!("`{FILE}`") } else { "`~/.huaweicloud/credentials`".to_owned() };
    Ok(Some(Found { name, way: Way::File(open), account: Vec::new() }))
}

fn default(env: &Env) -> Option<PathBuf> {
    let home = env.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" })?;
    Some(Path::new(home).join(".huaweicloud").join("credentials"))
}

fn open(context: &Context) -> Result<Found, Error> {
    let path =
        text(context.env, FILE)?.map(PathBuf::from).or_else(|| default(context.env)).unwrap_or_default();
    let shown = path.display().to_string();
    let mut file = std::fs::read_to_string(&path).map_err(|error| {
        wrong(&shown, &format!("cannot be read: {error}"), &format!("write the file, or unset `{FILE}`"))
    })?;
    let account_input = context.account_input.unwrap_or("project_id");
    let section = if account_input == "domain_id" { "global" } else { "basic" };
    let fields = fields(&file, section);
    secrecy::zeroize::Zeroize::zeroize(&mut file);
    let mut fields = fields.ok_or_else(|| {
        wrong(&shown, &format!("has no section `[{section}]`, which this operation needs"), "write it there")
    })?;
    let way = way(context, &shown, section, &fields);
    let account = fields.remove(account_input).map(|id| (account_input, id));
    fields.values_mut().for_each(secrecy::zeroize::Zeroize::zeroize);
    Ok(Found { name: format!("`[{section}]` of `{shown}`"), way: way?, account: Vec::from_iter(account) })
}

/// An identity provider goes before keys, as in the SDKs.
fn way(
    context: &Context,
    shown: &str,
    section: &str,
    fields: &BTreeMap<String, String>,
) -> Result<Way, Error> {
    let field = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let missing = |name: &str, other: &str| {
        let problem = format!("has `{other}` in `[{section}]`, but no `{name}`");
        wrong(shown, &problem, &format!("write `{name} = …` there"))
    };
    if let Some(idp_id) = field("idp_id") {
        let path = field("id_token_file").ok_or_else(|| missing("id_token_file", "idp_id"))?;
        let file = TokenFile { named_by: "id_token_file".to_owned(), path: path.to_owned() };
        let endpoint = iam::iam_endpoint(context, field("iam_endpoint"))?;
        let exchange = Federation { endpoint, idp_id: idp_id.to_owned(), token: IdentityToken::File(file) };
        return Ok(Way::Exchange(Box::new(exchange), None));
    }
    let (id, secret) = match (field("ak"), field("sk")) {
        (Some(id), Some(secret)) => (id, secret),
        (None, Some(_)) => return Err(missing("ak", "sk")),
        (Some(_), None) => return Err(missing("sk", "ak")),
        (None, None) => {
            let problem = format!("has neither `ak` and `sk` nor `idp_id` in `[{section}]`");
            return Err(wrong(shown, &problem, "write them there"));
        }
    };
    let token =
        field("security_token").map(|token| checked("security_token", token, Part::Token)).transpose()?;
    Ok(Way::Ready(Credentials::Keys(Keys {
        access_key_id: checked("ak", id, Part::AccessKeyId(Vendor::Huawei))?,
        access_key_secret: checked("sk", secret, Part::AccessKeySecret)?,
        security_token: token,
    })))
}

/// The fields of one section, as Python's `configparser` reads them: `=` or `:`, names in any case, a line that begins with `#`
/// or `;` is a comment, `%%` is a percent sign.
fn fields(file: &str, section: &str) -> Option<BTreeMap<String, String>> {
    let mut fields = None;
    let mut is_here = false;
    for line in file.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_here = name == section;
            if is_here {
                fields.get_or_insert_with(BTreeMap::new);
            }
        } else if is_here
            && !line.starts_with(['#', ';'])
            && let (Some((name, value)), Some(fields)) = (line.split_once(['=', ':']), &mut fields)
        {
            fields.insert(name.trim().to_lowercase(), value.trim().replace("%%", "%"));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn the_file_is_read_as_python_reads_it() {
        let file = "; a note\n[basic]\r\nAK = one\nsk: two%%three=\n# ak = four\nid_token_file=/a:b\n\n[global]\nak = five\n";
        let basic = fields(file, "basic").unwrap();
        let basic: Vec<String> = basic.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(basic, ["ak=one", "id_token_file=/a:b", "sk=two%three="]);
        assert_eq!(fields(file, "global").unwrap().len(), 1);
        assert_eq!(fields(file, "other"), None);
        assert_eq!(fields("[basic]", "basic").map(|fields| fields.len()), Some(0));
    }
}

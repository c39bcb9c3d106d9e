//! A profile of the CLI's file, `~/.aliyun/config.json`. What a profile leaves out comes from the environment.
//!
//! Source: <https://www.alibabacloud.com/help/en/cli/configure-credentials>

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::zeroize::Zeroize;
use serde::Deserialize;

use super::assume_role::AssumeRole;
use super::ecs_metadata::EcsMetadata;
use super::oidc::{AssumeRoleWithOidc, TOKEN};
use super::{PROFILE, PROVIDER_ARN, ROLE_ARN, sts};
use crate::cloud::credentials::check::{Part, Vendor};
use crate::cloud::credentials::exchange::{Exchange, TokenFile};
use crate::cloud::credentials::identity::{self, IdentityToken};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{checked, is_on, text, wrong};
use crate::cloud::credentials::{Credentials, Keys};
use crate::error::Error;
use crate::process::env::Env;
use crate::text::sanitize;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

/// The fields of all modes, as the CLI writes them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: String,
    mode: String,
    access_key_id: String,
    access_key_secret: String,
    sts_token: String,
    sts_region: String,
    ram_role_name: String,
    ram_role_arn: String,
    ram_session_name: String,
    /// What the Python SDK reads in the mode `OIDC`, where the CLI writes the one above.
    role_session_name: String,
    external_id: String,
    expired_seconds: u64,
    oidc_provider_arn: String,
    oidc_token_file: String,
}

/// The profile that the environment names; outside of a CI also the current one, where there is a file.
pub(super) fn look(context: &Context, is_first: bool) -> Result<Option<Found>, Error> {
    let named = text(context.env, PROFILE)?;
    if is_on(context.env, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED") {
        if named.is_some() {
            tracing::info!("`ALIBABA_CLOUD_CLI_PROFILE_DISABLED` is on: `{PROFILE}` is not used");
        }
        return Ok(None);
    }
    let is_there = || is_first && !context.in_ci && path(context.env).is_some_and(|path| path.is_file());
    if named.is_none() && !is_there() {
        return Ok(None);
    }
    let name = if named.is_some() { format!("`{PROFILE}`") } else { "`~/.aliyun/config.json`".to_owned() };
    Ok(Some(Found { name, way: Way::File(open), account: Vec::new() }))
}

fn path(env: &Env) -> Option<PathBuf> {
    let home = env.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" })?;
    Some(Path::new(home).join(".aliyun").join("config.json"))
}

fn open(context: &Context) -> Result<Found, Error> {
    let hint = "see `aliyun configure list`";
    let path = path(context.env)
        .ok_or_else(|| wrong("HOME", "is not set, and the profile is below it", "set it"))?;
    let shown = path.display().to_string();
    let mut text_of_file = std::fs::read_to_string(&path).map_err(|error| {
        wrong(&shown, &format!("cannot be read: {error}"), &format!("write the file, or unset `{PROFILE}`"))
    })?;
    // The error of a reader would show what it has read.
    let file = serde_json::from_str::<File>(text_of_file.trim_start_matches('\u{feff}'));
    text_of_file.zeroize();
    let file = file.map_err(|error| wrong(&shown, &format!("is broken at line {}", error.line()), hint))?;
    let name = text(context.env, PROFILE)?.unwrap_or(&file.current);
    let profile = file.profiles.iter().find(|profile| profile.name == name);
    let profile =
        profile.ok_or_else(|| wrong(&shown, &format!("has no profile `{}`", sanitize::line(name)), hint))?;
    let way = profile.way(context)?;
    Ok(Found {
        name: format!("the profile `{}` of `{shown}`", sanitize::line(name)),
        way,
        account: Vec::new(),
    })
}

impl Profile {
    fn way(&self, context: &Context) -> Result<Way, Error> {
        match self.mode.to_ascii_lowercase().as_str() {
            "ak" => Ok(Way::Ready(Credentials::Keys(self.keys(false)?))),
            "ststoken" => Ok(Way::Ready(Credentials::Keys(self.keys(true)?))),
            "ramrolearn" => {
                let assume_role = self.assume_role(context)?;
                let keys = assume_role.keys.clone();
                Ok(exchange(assume_role, Some(keys)))
            }
            "oidc" => Ok(exchange(self.oidc(context)?, None)),
            "ecsramrole" => {
                let role = self.or_variable(
                    context,
                    &self.ram_role_name,
                    "ram_role_name",
                    "ALIBABA_CLOUD_ECS_METADATA",
                )?;
                Ok(exchange(EcsMetadata::new(context, "ram_role_name", &role)?, None))
            }
            _ => {
                let (name, mode) = (sanitize::line(&self.name), sanitize::line(&self.mode));
                let problem =
                    format!("names the profile `{name}`, whose mode `{mode}` release-step does not know");
                let hint =
                    "take a profile of the mode `AK`, `StsToken`, `RamRoleArn`, `OIDC` or `EcsRamRole`";
                Err(wrong(PROFILE, &problem, hint))
            }
        }
    }

    fn keys(&self, with_token: bool) -> Result<Keys, Error> {
        let field = |name: &str, value: &str, part| {
            if value.trim().is_empty() {
                return Err(wrong(name, "is missing in the profile", "see `aliyun configure list`"));
            }
            checked(name, value, part)
        };
        let security_token =
            with_token.then(|| field("sts_token", &self.sts_token, Part::Token)).transpose()?;
        Ok(Keys {
            access_key_id: field("access_key_id", &self.access_key_id, Part::AccessKeyId(Vendor::Alibaba))?,
            access_key_secret: field("access_key_secret", &self.access_key_secret, Part::AccessKeySecret)?,
            security_token,
        })
    }

    fn assume_role(&self, context: &Context) -> Result<AssumeRole, Error> {
        let role_arn = self.or_variable(context, &self.ram_role_arn, "ram_role_arn", ROLE_ARN)?;
        let lifetime = Some(self.expired_seconds).filter(|seconds| *seconds > 0);
        Ok(AssumeRole {
            endpoint: sts::endpoint(context, set(&self.sts_region))?,
            keys: self.keys(!self.sts_token.is_empty())?,
            role_arn: sts::arn("ram_role_arn", &role_arn, "role")?.to_owned(),
            session_name: self.session_name()?,
            external_id: set(&self.external_id).map(str::to_owned),
            lifetime: lifetime.map_or(sts::HOUR, Duration::from_secs),
        })
    }

    fn oidc(&self, context: &Context) -> Result<AssumeRoleWithOidc, Error> {
        let role_arn = self.or_variable(context, &self.ram_role_arn, "ram_role_arn", ROLE_ARN)?;
        let provider_arn =
            self.or_variable(context, &self.oidc_provider_arn, "oidc_provider_arn", PROVIDER_ARN)?;
        let token = match set(&self.oidc_token_file) {
            Some(path) => IdentityToken::File(TokenFile {
                named_by: "oidc_token_file".to_owned(),
                path: path.to_owned(),
            }),
            None => IdentityToken::find(context, &TOKEN)?
                .ok_or_else(|| identity::missing(context, "the profile's mode `OIDC` asks", &TOKEN))?,
        };
        Ok(AssumeRoleWithOidc {
            endpoint: sts::endpoint(context, set(&self.sts_region))?,
            role_arn: sts::arn("ram_role_arn", &role_arn, "role")?.to_owned(),
            provider_arn: sts::arn("oidc_provider_arn", &provider_arn, "oidc-provider")?.to_owned(),
            session_name: self.session_name()?,
            lifetime: if token.is_renewable() { sts::HOUR } else { context.lifetime },
            token,
        })
    }

    fn session_name(&self) -> Result<String, Error> {
        let name = set(&self.ram_session_name).or(set(&self.role_session_name));
        sts::session_name("ram_session_name", name)
    }

    fn or_variable(
        &self,
        context: &Context,
        own: &str,
        field: &str,
        variable: &str,
    ) -> Result<String, Error> {
        match set(own) {
            Some(own) => Ok(own.to_owned()),
            None => text(context.env, variable)?.map(str::to_owned).ok_or_else(|| {
                let hint = format!("write it there, or set `{variable}`");
                wrong(
                    field,
                    &format!("is missing in the profile of the mode `{}`", sanitize::line(&self.mode)),
                    &hint,
                )
            }),
        }
    }
}

fn set(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn exchange(exchange: impl Exchange + 'static, keys: Option<Keys>) -> Way {
    Way::Exchange(Box::new(exchange), keys)
}

impl Drop for File {
    fn drop(&mut self) {
        for profile in &mut self.profiles {
            profile.access_key_secret.zeroize();
            profile.sts_token.zeroize();
        }
    }
}

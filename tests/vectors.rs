//! Walks the signing vectors: one folder a case, one file a stage, so that a failure says which stage differs.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read is a failure")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use release_step::alibaba;
use release_step::cloud::credentials::Keys;
use release_step::cloud::signing::{self, CanonicalRequest};
use release_step::http::Header;
use release_step::huawei;
use serde::Deserialize;

/// A request before it is signed, and the keys.
#[derive(Deserialize)]
struct Context {
    vendor: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    access_key_secret: String,
}

impl Context {
    fn query(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        signing::query(&pairs.collect::<Vec<_>>())
    }

    fn headers(&self) -> Vec<Header> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| Header::new(name.clone(), value.as_str())).collect()
    }

    fn header(&self, wanted: &str) -> &str {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        &header.unwrap().1
    }

    fn keys(&self) -> Keys {
        Keys {
            access_key_id: self.access_key_id.as_str().into(),
            access_key_secret: self.access_key_secret.as_str().into(),
            security_token: None,
        }
    }

    /// Canonical request, string to sign and authorization, as this crate makes them.
    fn stages(&self) -> [String; 3] {
        let (query, hash) = (self.query(), signing::sha256(&self.body));
        let canonical: CanonicalRequest;
        let string_to_sign: String;
        let authorization: String;
        match self.vendor.as_str() {
            "alibaba" => {
                use alibaba::sign;
                canonical = sign::canonical_request(&self.method, &self.path, &query, &self.headers(), hash);
                string_to_sign = sign::string_to_sign(&canonical);
                authorization = sign::authorization(&self.keys(), &canonical, &string_to_sign);
            }
            "huawei" => {
                use huawei::sign;
                canonical = sign::canonical_request(&self.method, &self.path, &query, &self.headers(), hash);
                string_to_sign = sign::string_to_sign(self.header("X-Sdk-Date"), &canonical);
                authorization = sign::authorization(&self.keys(), &canonical, &string_to_sign);
            }
            other => panic!("a vector of an unknown vendor: {other}"),
        }
        [canonical.to_string(), string_to_sign, authorization]
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs this test names the folder")]
fn every_stage_of_every_vector() {
    // `VECTORS` names a folder of others, such as random ones from the vendors' signers.
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let folder = env::var_os("VECTORS").map_or_else(ours, PathBuf::from);
    let mut walked = 0;
    for case in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !case.is_dir() {
            continue;
        }
        let context = fs::read_to_string(case.join("context.json")).unwrap();
        let context: Context = serde_json::from_str(&context).unwrap();
        let files = ["canonical-request.txt", "string-to-sign.txt", "authorization.txt"];
        for (file, ours) in files.into_iter().zip(context.stages()) {
            let theirs = fs::read_to_string(case.join(file)).unwrap();
            assert_eq!(ours, theirs, "{file} of {}", case.display());
        }
        if let Ok(target) = fs::read_to_string(case.join("target.txt")) {
            let mark = if context.query.is_empty() { "" } else { "?" };
            assert_eq!(
                format!("{}{mark}{}", context.path, context.query()),
                target,
                "target.txt of {}",
                case.display()
            );
        }
        walked += 1;
    }
    assert!(walked >= 10, "only {walked} vectors found");
}

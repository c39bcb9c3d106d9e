//! Exchanges of the vendors' own SDKs, to be repeated with the sandbox.

use serde_json::{Map, Value, json};

use crate::Request;

/// The whole file.
pub(crate) fn all() -> Value {
    serde_json::from_str(include_str!("../vectors/keyless.json")).unwrap()
}

/// One exchange: what the SDK sent, and what it was answered.
pub(crate) struct Exchange {
    pub(crate) name: String,
    pub(crate) request: Request,
    /// Null where the vector has no answer.
    pub(crate) answer: Value,
}

impl Exchange {
    /// The answer's body, as JSON where it is some.
    pub(crate) fn body(&self) -> Value {
        let body = self.answer["body"].as_str().unwrap();
        serde_json::from_str(body).unwrap_or_else(|_| json!(body))
    }
}

/// The exchanges of all captures whose name begins so, in their order.
pub(crate) fn captured(prefix: &str) -> Vec<Exchange> {
    let file = all();
    let named = |capture: &&Value| capture["name"].as_str().unwrap().starts_with(prefix);
    let captures = file["captures"].as_array().unwrap().iter().filter(named);
    let exchanges: Vec<_> = captures
        .flat_map(|capture| {
            let exchanges = capture["exchanges"].as_array().unwrap().iter();
            exchanges.map(|exchange| read(capture["name"].as_str().unwrap(), exchange))
        })
        .collect();
    assert!(!exchanges.is_empty(), "{prefix}");
    exchanges
}

/// The request that is ours, of this name's beginning.
pub(crate) fn made(prefix: &str) -> Request {
    let file = all();
    let made = file["made"].as_array().unwrap().iter();
    let found = made.clone().find(|made| made["name"].as_str().unwrap().starts_with(prefix)).unwrap();
    read(prefix, found).request
}

/// The error bodies of one cloud: status and body.
pub(crate) fn errors(cloud: &str) -> Vec<(u16, String)> {
    let file = all();
    let errors = file["errors"].as_array().unwrap().iter().filter(|error| error["cloud"] == cloud);
    let read = |error: &Value| {
        let status = u16::try_from(error["http_status"].as_u64().unwrap()).unwrap();
        (status, error["body"].as_str().unwrap().to_owned())
    };
    errors.map(read).collect()
}

fn read(name: &str, exchange: &Value) -> Exchange {
    let text = |name: &str| exchange[name].as_str().unwrap_or_default().to_owned();
    let headers = exchange["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    Exchange {
        name: name.into(),
        request: Request {
            method: text("method"),
            target: text("target"),
            headers: headers.collect(),
            body: text("body").into_bytes(),
        },
        answer: exchange["answer"].clone(),
    }
}

/// The same with every value replaced by its type: which members there are.
pub(crate) fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(values) => json!(values.iter().map(shape).collect::<Vec<_>>()),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

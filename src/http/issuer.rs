//! Who issued a certificate, for people.

/// The longest name that is shown; X.520 allows 64 characters. A name is shown whole or not at all, so that no secret in it is
/// cut beyond recognition.
const LONGEST: usize = 64;

/// The issuer of an X.509 certificate: its common name, else its organisation. None where the certificate cannot be read.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>
#[must_use]
pub fn issuer(certificate: &[u8]) -> Option<String> {
    const VERSION: u8 = 0xa0;
    let mut to_be_signed = Der(Der(Der(certificate).next()?.1).next()?.1);
    let first = to_be_signed.next()?;
    // The serial number, which the version precedes; then the algorithm, then the issuer.
    if first.0 == VERSION {
        to_be_signed.next()?;
    }
    to_be_signed.next()?;
    let (_, issuer) = to_be_signed.next()?;
    let attributes: Vec<_> = Der(issuer).filter_map(|(_, set)| attribute(set)).collect();
    let named =
        |wanted: &[u8]| attributes.iter().find(|(kind, _)| *kind == wanted).map(|(_, name)| name.clone());
    named(COMMON_NAME).or_else(|| named(ORGANISATION))
}

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// Kind and text of the first attribute in a set.
fn attribute(set: &[u8]) -> Option<(&[u8], String)> {
    const BMP_STRING: u8 = 0x1e;
    let mut pair = Der(Der(set).next()?.1);
    let ((_, kind), (tag, text)) = (pair.next()?, pair.next()?);
    let text = if tag == BMP_STRING {
        let units = text.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()?
    } else {
        String::from_utf8(text.to_vec()).ok()?
    };
    let length = text.chars().count();
    (1..=LONGEST).contains(&length).then_some((kind, text))
}

/// The values in DER, each with its tag.
struct Der<'a>(&'a [u8]);

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair};

    use super::issuer;

    fn certificate(names: &[(DnType, DnValue)]) -> Vec<u8> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), name.clone());
        }
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_issuer_is_its_common_name_else_its_organisation() {
        let (common, organisation) = (DnType::CommonName, DnType::OrganizationName);
        let acme = || DnValue::Utf8String("ACME TLS Inspection CA".to_owned());
        let bmp = DnValue::BmpString("Übung".try_into().unwrap());
        let printable = DnValue::PrintableString("ACME Inc".try_into().unwrap());
        let cases = [
            (
                vec![(organisation.clone(), printable.clone()), (common.clone(), acme())],
                Some("ACME TLS Inspection CA"),
            ),
            (vec![(organisation.clone(), printable)], Some("ACME Inc")),
            (vec![(common.clone(), bmp)], Some("Übung")),
            (
                vec![(common, DnValue::Utf8String("x".repeat(65))), (organisation, acme())],
                Some("ACME TLS Inspection CA"),
            ),
            (vec![], None),
        ];
        for (names, expected) in cases {
            assert_eq!(issuer(&certificate(&names)).as_deref(), expected, "{names:?}");
        }
        let real = include_bytes!("../../tests/certificates/letsencrypt.org/2-intermediate.der");
        assert_eq!(issuer(real).as_deref(), Some("Root YE"));
    }

    #[test]
    fn what_is_no_certificate_has_no_issuer() {
        let whole = certificate(&[(DnType::CommonName, DnValue::Utf8String("ACME".to_owned()))]);
        for length in 0..whole.len() {
            assert_eq!(issuer(&whole[..length]), None, "{length}");
        }
        for byte in 0..whole.len() {
            let mut broken = whole.clone();
            broken[byte] = 0xff;
            // Whatever it says, it does not panic.
            let _ = issuer(&broken);
        }
    }
}

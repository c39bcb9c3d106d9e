//! Characters that are not seen: they do something, or nothing, or look like a blank.

/// Whether a character is a control, a separator of lines or paragraphs, a format character (category Cf), one that is
/// ignored where it is not supported (`Default_Ignorable_Code_Point`), or an empty sign.
///
/// By the character database of Unicode 16.0.
///
/// Source: <https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt>
#[must_use]
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
        || EMPTY_SIGNS.contains(&character)
}

/// Braille without a dot, the filler of Khitan's small script, and a note without a head.
const EMPTY_SIGNS: [char; 3] = ['\u{2800}', '\u{16fe4}', '\u{1d159}'];

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, HirKind};

    use super::{EMPTY_SIGNS, is_invisible};

    /// The tables of `regex-syntax` are made of the same database.
    #[test]
    fn the_table_is_that_of_the_character_database() {
        let classes = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]";
        let parsed = regex_syntax::parse(classes).unwrap().into_kind();
        let HirKind::Class(Class::Unicode(class)) = parsed else { panic!("{parsed:?}") };
        let is_there =
            |character| class.iter().any(|range| (range.start()..=range.end()).contains(&character));
        for character in '\0'..=char::MAX {
            let expected = is_there(character) || EMPTY_SIGNS.contains(&character);
            assert_eq!(is_invisible(character), expected, "U+{:04X}", u32::from(character));
        }
    }
}

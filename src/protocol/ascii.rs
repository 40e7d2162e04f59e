//! Texts cut at ASCII characters. What the standard library searches texts with is made for every
//! character and kind of pattern, and is 3 kB of wasm.

/// Where the first of `marks` is.
#[expect(clippy::manual_contains, reason = "it would bring a search through long slices")]
pub(crate) fn find(text: &str, marks: &[u8]) -> Option<usize> {
    text.bytes().position(|byte| marks.iter().any(|mark| *mark == byte))
}

/// What is before the first of `marks`, and what follows it.
pub(crate) fn cut<'a>(text: &'a str, marks: &[u8]) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_at(find(text, marks)?);
    Some((before, &rest[1..]))
}

/// What is before the first of `marks`, or all of the text.
pub(crate) fn before<'a>(text: &'a str, marks: &[u8]) -> &'a str {
    cut(text, marks).map_or(text, |(before, _)| before)
}

/// What the marks divide the text into.
pub(crate) fn split<'a>(text: &'a str, marks: &'static [u8]) -> Pieces<'a> {
    Pieces { rest: Some(text), marks }
}

/// The words of both texts, each once.
#[cfg(any(feature = "silent-login", feature = "step-up"))]
pub(crate) fn united(one: &str, other: &str) -> String {
    let mut words_of_both = one.to_owned();
    for word in words(other) {
        if !words(one).any(|known| known == word) {
            words_of_both.push(' ');
            words_of_both.push_str(word);
        }
    }
    words_of_both
}

/// What is between the spaces of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    split(text, b" ").filter(|word| !word.is_empty())
}

/// The pieces of a text, one after the other.
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    marks: &'static [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        let Some((piece, rest)) = cut(rest, self.marks) else { return Some(rest) };
        self.rest = Some(rest);
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_the_standard_library_cuts_it() {
        for text in ["", "a", "?", "a?b", "ä?ö#ü", "##", "a#?b#", "日本?", "?日"] {
            assert_eq!(find(text, b"?#"), text.find(['?', '#']), "{text}");
            assert_eq!(cut(text, b"#"), text.split_once('#'), "{text}");
            assert_eq!(Some(before(text, b"?#")), text.split(['?', '#']).next(), "{text}");
            let pieces: Vec<_> = split(text, b"?#").collect();
            assert_eq!(pieces, text.split(['?', '#']).collect::<Vec<_>>(), "{text}");
        }
    }
}

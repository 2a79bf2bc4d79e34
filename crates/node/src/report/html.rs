//! HTML text in which everything foreign is escaped: [`Html`], [`Esc`].

use std::fmt::{self, Write as _};

/// A text shown as it is: markup in it stays text, inside attributes too.
pub(crate) struct Esc<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Esc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Replaces what has a meaning in HTML on its way out.
struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(['&', '<', '>', '"', '\'']) {
            let special = part.chars().next_back().and_then(entity);
            let plain = special.map_or(part, |(_, width)| &part[..part.len() - width]);
            self.0.write_str(plain)?;
            self.0.write_str(special.map_or("", |(entity, _)| entity))?;
        }
        Ok(())
    }
}

fn entity(special: char) -> Option<(&'static str, usize)> {
    match special {
        '&' => Some(("&amp;", 1)),
        '<' => Some(("&lt;", 1)),
        '>' => Some(("&gt;", 1)),
        '"' => Some(("&quot;", 1)),
        '\'' => Some(("&#39;", 1)),
        _ => None,
    }
}

/// HTML under construction.
#[derive(Default)]
pub(crate) struct Html(String);

impl Html {
    /// Appends markup; foreign text in it goes through [`Esc`].
    pub(crate) fn push(&mut self, markup: fmt::Arguments<'_>) {
        self.0.write_fmt(markup).expect("a string takes every text");
    }

    /// Returns the text.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// Appends formatted markup to an [`Html`].
macro_rules! push {
    ($html:expr, $($markup:tt)+) => { $html.push(format_args!($($markup)+)) };
}
pub(crate) use push;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_foreign_text_stays_text() {
        let hostile = "<script>alert('1' & \"2\")</script>ü";
        let shown = Esc(hostile).to_string();
        assert_eq!(shown, "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;ü");
    }
}

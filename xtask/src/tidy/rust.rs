//! Rust text as tokens: comments and the insides of literals gone, test code marked.
//!
//! Good enough to find names in formatted source; what a macro makes of them is clippy's to see.

use std::ops::RangeInclusive;

/// One identifier, `::`, or other single character; a literal is the token `"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Whether the token stands in an item under `#[cfg(test)]`.
    pub(crate) test: bool,
}

/// The tokens of a file and what it says about test modules in other files.
#[derive(Debug, Default)]
pub(crate) struct Rust {
    pub(crate) tokens: Vec<Token>,
    /// Modules declared as `#[cfg(test)] mod name;`.
    pub(crate) test_modules: Vec<String>,
}

impl Rust {
    pub(crate) fn parse(text: &str) -> Self {
        let mut rust = Self { tokens: tokens(text), test_modules: Vec::new() };
        rust.mark_tests();
        rust
    }

    /// Marks from each `#[cfg(test)]` to the end of the item that it stands on.
    fn mark_tests(&mut self) {
        const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
        let mut at = 0;
        while let Some(start) = find(&self.tokens, at, &ATTRIBUTE) {
            let end = end_of_item(&self.tokens, start + ATTRIBUTE.len());
            if end > start + 3
                && self.tokens[end - 1].text == ";"
                && self.tokens[end - 3].text == "mod"
            {
                self.test_modules.push(self.tokens[end - 2].text.clone());
            }
            for token in &mut self.tokens[start..end] {
                token.test = true;
            }
            at = end;
        }
    }

    /// How many lines hold test code.
    pub(crate) fn test_lines(&self) -> usize {
        self.test_spans().iter().map(|span| span.end() - span.start() + 1).sum()
    }

    /// The stretches of test code, each from its first to its last line.
    pub(crate) fn test_spans(&self) -> Vec<RangeInclusive<usize>> {
        let stretches = self.tokens.chunk_by(|one, next| one.test == next.test);
        let tests = stretches.filter(|stretch| stretch[0].test);
        tests.map(|stretch| stretch[0].line..=stretch[stretch.len() - 1].line).collect()
    }

    /// Returns the line and the position of each place where these tokens follow each other.
    pub(crate) fn places<'a>(
        &'a self,
        wanted: &'a [&'a str],
    ) -> impl Iterator<Item = (usize, &'a Token)> {
        (0..self.tokens.len())
            .filter(|at| starts_with(&self.tokens[*at..], wanted))
            .map(|at| (at, &self.tokens[at]))
    }

    /// Returns the variants of `enum name` with their lines; `None` where the file has no such enum.
    pub(crate) fn variants(&self, name: &str) -> Option<Vec<(String, usize)>> {
        let start = find(&self.tokens, 0, &["enum", name])? + 2;
        let open = start + self.tokens[start..].iter().position(|token| token.text == "{")?;
        let mut found = Vec::new();
        let mut depth = 0_usize;
        let mut expected = true;
        for token in &self.tokens[open + 1..] {
            match token.text.as_str() {
                "}" if depth == 0 => return Some(found),
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                "," if depth == 0 => expected = true,
                "#" => {}
                text if depth == 0 && expected => {
                    found.push((text.to_owned(), token.line));
                    expected = false;
                }
                _ => {}
            }
        }
        None
    }
}

fn starts_with(tokens: &[Token], wanted: &[&str]) -> bool {
    tokens.len() >= wanted.len()
        && wanted.iter().zip(tokens).all(|(wanted, token)| token.text == *wanted)
}

fn find(tokens: &[Token], from: usize, wanted: &[&str]) -> Option<usize> {
    (from..tokens.len()).find(|at| starts_with(&tokens[*at..], wanted))
}

/// Returns the position behind the item's `;` or closing brace.
fn end_of_item(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            ";" if depth == 0 => return at + 1,
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1, tokens: Vec::new() };
    while let Some(next) = lexer.rest.chars().next() {
        lexer.step(next);
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self, next: char) {
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
        } else if let Some(len) = literal(self.rest) {
            self.push("\"", len);
        } else if next == '\'' {
            self.skip(1 + word(&self.rest[1..]));
        } else if word(self.rest) > 0 {
            let (text, len) = (self.rest, word(self.rest));
            self.push(&text[..len], len);
        } else if self.rest.starts_with("::") {
            self.push("::", 2);
        } else if next.is_whitespace() {
            self.skip(next.len_utf8());
        } else {
            self.push(&next.to_string(), next.len_utf8());
        }
    }

    fn push(&mut self, text: &str, len: usize) {
        self.tokens.push(Token { text: text.to_owned(), line: self.line, test: false });
        self.skip(len);
    }

    fn skip(&mut self, len: usize) {
        self.line += self.rest[..len].matches('\n').count();
        self.rest = &self.rest[len..];
    }
}

/// Length of the identifier or number at the start.
fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Length of the block comment at the start; such comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of the string or character literal at the start, if there is one.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|p| text.starts_with(p));
    let prefix = prefix.unwrap_or_default();
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if body[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = prefix.len() + hashes + 1;
            let len = text[open..].find(&close).map_or(text.len() - open, |at| at + close.len());
            return Some(open + len);
        }
        return None;
    }
    if body.starts_with('"') {
        return Some(prefix.len() + quoted(body, '"'));
    }
    // A lifetime has no closing quote right behind its first character.
    let mut chars = body.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => {
            Some(prefix.len() + quoted(body, '\''))
        }
        _ => None,
    }
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Rust::parse(text).tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_hold_no_names() {
        let text = "a // HashMap\n/* b /* c */ d */ e \"f \\\" g\" r#\"h \" i\"# 'j' b'\\'' 'k l";
        assert_eq!(texts(text), ["a", "e", "\"", "\"", "\"", "\"", "l"]);
    }

    #[test]
    fn lines_are_counted_over_comments_and_strings() {
        let rust = Rust::parse("/*\n\n*/ \"\n\" a\nb");
        assert_eq!(rust.tokens.last().map(|token| token.line), Some(5));
    }

    #[test]
    fn only_the_item_under_cfg_test_is_test_code() {
        let rust = Rust::parse(
            "#[cfg(test)]\nmod bench;\nfn a() {}\n#[cfg(test)]\n#[expect(x)]\nmod tests {\nfn b() {}\n}\nfn c() {}\n",
        );
        let plain: Vec<_> = rust.tokens.iter().filter(|token| !token.test).collect();
        assert_eq!(plain.iter().filter(|token| token.text == "fn").count(), 2);
        assert_eq!(rust.test_modules, ["bench"]);
        assert_eq!(rust.test_lines(), 2 + 5);
    }

    #[test]
    fn variants_are_read_past_their_fields_and_attributes() {
        let rust = Rust::parse(
            "enum Other { X }\nenum Refusal {\n #[code(A, B)]\n Short,\n Above { limit: u8, seen: [u8; 2] },\n Tuple(u8, u8),\n}",
        );
        let names: Vec<_> = rust.variants("Refusal").unwrap().into_iter().map(|v| v.0).collect();
        assert_eq!(names, ["Short", "Above", "Tuple"]);
        assert_eq!(rust.variants("Missing"), None);
    }
}

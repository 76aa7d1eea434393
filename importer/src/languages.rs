//! What files are written in. The names are those of [`events::language`].

/// A language, the endings of its files, and what the problem package format calls it.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("bash", &["sh"], &["bash"]),
    ("c", &["c"], &["c"]),
    ("cpp", &["cc", "cpp", "cxx", "c++", "C"], &["cpp"]),
    ("go", &["go"], &["go"]),
    ("java", &["java"], &["java"]),
    ("javascript", &["js", "mjs"], &["javascript", "javascriptnode"]),
    ("lua", &["lua"], &["lua"]),
    ("perl", &["pl", "pm"], &["perl"]),
    ("php", &["php"], &["php"]),
    ("python", &["py", "py3"], &["python", "python3"]),
    ("ruby", &["rb"], &["ruby"]),
    ("rust", &["rs"], &["rust"]),
    ("typescript", &["ts"], &["typescript"]),
];

/// By the file's ending.
pub fn of_file(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    TABLE.iter().find(|(_, endings, _)| endings.contains(&ending)).map(|(name, ..)| *name)
}

/// By its name in a package, or ours.
pub fn of_name(name: &str) -> Option<&'static str> {
    let known = |(ours, _, theirs): &&(&str, &[&str], &[&str])| *ours == name || theirs.contains(&name);
    TABLE.iter().find(known).map(|(name, ..)| *name)
}

pub fn all() -> impl Iterator<Item = &'static str> {
    events::language::ALL.iter().map(|language| language.name)
}

/// Why this source cannot be a program of ours although its language is.
pub fn unfit(language: &str, source: &str) -> Option<&'static str> {
    let first = source.lines().next().unwrap_or_default();
    if language == "python" && first.starts_with("#!") && first.contains("python2") {
        return Some("it is Python 2");
    }
    let words = || source.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    if language == "java" && !words().zip(words().skip(1)).any(|pair| pair == ("class", "Main")) {
        return Some("it has no class `Main`");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_files() {
        assert!(all().eq(TABLE.iter().map(|(name, ..)| *name)));
        assert_eq!(of_file("a/b.tar.cc"), Some("cpp"));
        assert_eq!(of_name("python3"), Some("python"));
        assert_eq!(unfit("java", "public  class Main {}"), None);
        assert!(unfit("java", "class Maine { class A {} }").is_some());
    }
}

use core::str::Chars;

/// Whether `text` is of the form `pattern`, in which `*` stands for any run of
/// characters, the empty one too, and `?` for any one character. Nothing else
/// is special, and nothing can be escaped.
///
/// Takes O(pattern + text) where there is one `*`, O(pattern · text) at worst,
/// and no memory: a mismatch lets the last `*` take one character more, and
/// those before it need never be tried again.
///
/// ```
/// assert!(rete_lite::glob("boiler-*-t?", "boiler-12-north-t3"));
/// assert!(!rete_lite::glob("boiler-*", "boiler"));
/// ```
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here;
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (Some('?'), Some(_)) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            _ => {}
        }
        let Some((after_star, mut taken)) = retry.take() else { return false };
        if taken.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = taken.clone();
        retry = Some((after_star, taken));
    }
}

/// The literal text that `pattern` begins with, and the rest of it, which
/// begins with a wildcard or is empty.
pub(super) fn head(pattern: &str) -> (&str, &str) {
    let end = pattern.find(['*', '?']).unwrap_or(pattern.len());
    pattern.split_at_checked(end).unwrap_or((pattern, ""))
}

/// The literal text that `pattern` ends with, and what comes before it.
pub(super) fn tail(pattern: &str) -> (&str, &str) {
    // Both wildcards are one byte long.
    let start = pattern.rfind(['*', '?']).map_or(0, |last| last + 1);
    pattern.split_at_checked(start).map_or(("", pattern), |(rest, tail)| (tail, rest))
}

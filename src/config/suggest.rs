//! "Did you mean": the known word nearest to a mistyped one.

/// `; did you mean X?` for the nearest of `known`, or nothing if none is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let folded = word.to_lowercase();
    let nearest = known
        .into_iter()
        .map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).clamp(1, 4))
        .min();
    match nearest {
        Some((_, candidate)) => format!("; did you mean {candidate}?"),
        None => String::new(),
    }
}

/// How many letters to add, drop or change; one unit (`_seconds`) more or less counts as one.
fn distance(a: &str, b: &str) -> usize {
    let whole = ["_seconds", "_minutes"].iter().any(|unit| {
        a.strip_suffix(unit).is_some_and(|a| a == b) || b.strip_suffix(unit).is_some_and(|b| a == b)
    });
    if whole { 1 } else { edits(a, b) }
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let known = ["heartbeat_seconds", "region", "log", "end", "keep"];
        for (word, nearest) in [
            ("heartbeat_second", "heartbeat_seconds"),
            ("heartbeat", "heartbeat_seconds"),
            ("Heartbeat-Seconds", "heartbeat_seconds"),
            ("regoin", "region"),
            ("lgo", ""),
            ("logs", "log"),
            ("kepe", ""),
            ("keeep", "keep"),
            ("colour", ""),
            ("", ""),
        ] {
            let hint = did_you_mean(word, known);
            assert_eq!(hint.contains(nearest) && !nearest.is_empty(), !hint.is_empty(), "{word}");
            assert_eq!(hint.is_empty(), nearest.is_empty(), "{word}: {hint}");
        }
    }
}

//! Task tokens of the simulation, made so that any twelve characters of one are known again.

/// The token called `name`.
pub fn named(name: &str) -> String {
    (0..6).fold(format!("{name}-"), |token, n| format!("{token}Zq{n}vW{n}"))
}

/// No output quotes a token: not its name, nor twelve characters of the rest, which always hold a
/// `Zq.vW`.
pub fn is_not_in(output: &str) {
    let quoted = output.match_indices("Zq").any(|(at, _)| output[at..].get(3..5) == Some("vW"));
    assert!(!quoted && !output.contains("tok-"), "a token in: {output}");
}

#[test]
fn any_twelve_characters_of_a_token_are_known_again() {
    let token = named("");
    for at in 1..=token.len() - 12 {
        let seen = std::panic::catch_unwind(|| is_not_in(&format!("said {}", &token[at..at + 12])));
        assert!(seen.is_err(), "{}", &token[at..at + 12]);
    }
    is_not_in("AccessDenied: the role may not do this");
}

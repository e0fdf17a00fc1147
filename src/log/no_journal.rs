//! Windows has no journal. The same item as `journal`.

pub(super) fn is_standard_error() -> bool {
    false
}

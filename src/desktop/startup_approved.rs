//! What Task Manager and Windows' settings keep of a program that starts at logon: whether the user, or
//! an administrator, has switched it off.

/// Whether a value below `StartupApproved\Run` lets its program start. One that is not there, or says
/// nothing, does. Windows does not document it; observed: 2 or 6 first for "on", 3 or 7 for "off",
/// then the time at which it was switched off.
pub(crate) fn is_approved(value: Option<&[u8]>) -> bool {
    value.and_then(|value| value.first()).is_none_or(|state| state & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::is_approved;

    #[test]
    fn an_entry_that_was_switched_off_in_task_manager_does_not_start() {
        let switched_off = [3, 0, 0, 0, 0x5c, 0x31, 0x8e, 0x1b, 0x02, 0x61, 0xdb, 0x01];
        assert!(!is_approved(Some(&switched_off)));
        assert!(!is_approved(Some(&[7; 12])));
        assert!(is_approved(Some(&[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
        assert!(is_approved(Some(&[6, 0, 0, 0])));
        assert!(is_approved(Some(&[])));
        assert!(is_approved(None));
    }
}

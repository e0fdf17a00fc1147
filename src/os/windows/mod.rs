//! Private folders on Windows: owner and access list; and the security identifiers behind them.

pub(crate) mod registry;

use std::ffi::{OsStr, c_void};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, HANDLE, LocalFree, WIN32_ERROR};
use windows_sys::Win32::Globalization::{
    GetLocaleInfoEx, GetUserPreferredUILanguages, LOCALE_STIMEFORMAT, MUI_LANGUAGE_NAME,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW,
    ConvertStringSidToSidW, GetNamedSecurityInfoW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT, SE_KERNEL_OBJECT, SE_OBJECT_TYPE, SetSecurityInfo,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, GetTokenInformation,
    LookupAccountSidW, OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES, TOKEN_INFORMATION_CLASS, TOKEN_OWNER,
    TOKEN_QUERY, TOKEN_USER, TokenOwner, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateDirectoryW, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_READ_ATTRIBUTES, READ_CONTROL, WRITE_DAC, WRITE_OWNER,
};
use windows_sys::Win32::System::Console::{
    ENABLE_VIRTUAL_TERMINAL_PROCESSING, GetConsoleMode, GetStdHandle, STD_ERROR_HANDLE,
    STD_OUTPUT_HANDLE, SetConsoleMode,
};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::ErrorReporting::{
    WER_FAULT_REPORTING_FLAG_NOHEAP, WerAddExcludedApplication, WerSetFlags,
};
use windows_sys::Win32::System::LibraryLoader::{
    LOAD_LIBRARY_SEARCH_SYSTEM32, SetDefaultDllDirectories,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::os::{FolderError, Locale};

/// As Windows' settings say now. Source: Microsoft, GetUserPreferredUILanguages, which gives names with
/// a zero behind each and one more at the end; LOCALE_STIMEFORMAT, where `h` is an hour of twelve.
pub fn locale() -> Locale {
    let (mut count, mut length) = (0, 0);
    // SAFETY: without a buffer only the length is asked for; both numbers live through the call.
    unsafe {
        GetUserPreferredUILanguages(MUI_LANGUAGE_NAME, &mut count, ptr::null_mut(), &mut length);
    }
    let mut names = vec![0u16; length as usize];
    // SAFETY: the buffer has the length that is told.
    let told = unsafe {
        GetUserPreferredUILanguages(MUI_LANGUAGE_NAME, &mut count, names.as_mut_ptr(), &mut length)
    };
    let names = if told == 0 { String::new() } else { String::from_utf16_lossy(&names) };
    let languages = names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let mut format = [0u16; 80];
    // SAFETY: no name is the user's own locale; the buffer has the length that is told.
    let length = unsafe {
        GetLocaleInfoEx(ptr::null(), LOCALE_STIMEFORMAT, format.as_mut_ptr(), format.len() as i32)
    };
    let format = format.get(..usize::try_from(length).unwrap_or(0)).unwrap_or_default();
    Locale { languages, has_half_days: format.contains(&u16::from(b'h')) }
}

/// Consoles before Windows Terminal show escape sequences as garbage until they are told not to.
/// Source: Microsoft, "Console Virtual Terminal Sequences".
pub(super) fn terminal_understands_escapes() -> bool {
    let understands = |stream| {
        let mut mode = 0;
        // SAFETY: a handle that is no console's is refused; `mode` lives through the call.
        unsafe {
            let console = GetStdHandle(stream);
            GetConsoleMode(console, &mut mode) == 0
                || SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0
        }
    };
    understands(STD_OUTPUT_HANDLE) && understands(STD_ERROR_HANDLE)
}

/// Administrators, the system, and the installer of Windows itself.
/// Source: Microsoft, "Well-known SIDs" and "Service SIDs" (NT SERVICE\TrustedInstaller).
const ADMINISTRATORS: [&str; 3] =
    ["S-1-5-32-544", "S-1-5-18", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];

/// A security identifier, as text (`S-1-5-…`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sid(String);

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Sid {
    /// The user of this process.
    pub(crate) fn of_user() -> io::Result<Sid> {
        // SAFETY: no pointers; a pseudo handle that needs no closing.
        Self::of_user_in(unsafe { GetCurrentProcess() })
    }

    /// The user of a process.
    pub(crate) fn of_user_of(process: &impl AsRawHandle) -> io::Result<Sid> {
        Self::of_user_in(process.as_raw_handle())
    }

    fn of_user_in(process: HANDLE) -> io::Result<Sid> {
        // SAFETY: for this class the buffer begins with a TOKEN_USER, whose SID lies in the buffer.
        of_token(process, TokenUser, |buffer| unsafe { (*buffer.cast::<TOKEN_USER>()).User.Sid })
    }

    /// Who owns what this process creates: its user, or the administrators if it runs as one.
    fn of_new_objects() -> io::Result<Sid> {
        // SAFETY: no pointers; a pseudo handle that needs no closing.
        let process = unsafe { GetCurrentProcess() };
        // SAFETY: for this class the buffer begins with a TOKEN_OWNER, whose SID lies in the buffer.
        of_token(process, TokenOwner, |buffer| unsafe { (*buffer.cast::<TOKEN_OWNER>()).Owner })
    }

    /// The group of the administrators.
    fn administrators() -> Sid {
        Sid(ADMINISTRATORS[0].into())
    }

    /// An administrator's, or the system's.
    pub(crate) fn is_administrative(&self) -> bool {
        ADMINISTRATORS.contains(&self.0.as_str())
    }

    /// As functions take it.
    fn binary(&self) -> io::Result<Local> {
        let text = wide(&self.0);
        let mut sid = ptr::null_mut();
        // SAFETY: `text` ends with a zero; `sid` is an out parameter.
        if unsafe { ConvertStringSidToSidW(text.as_ptr(), &mut sid) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Local(sid))
    }

    /// The account's name; `None` if this machine knows none.
    pub(crate) fn name(&self) -> Option<String> {
        let sid = self.binary().ok()?;
        // The longest names of users (UNLEN) and domains have 256 characters.
        let (mut name, mut domain) = ([0; 257], [0; 257]);
        let (mut length, mut domain_length) = (name.len() as u32, domain.len() as u32);
        let mut kind = 0;
        // SAFETY: `sid` is valid; the buffers are as long as said; the others are out parameters.
        let found = unsafe {
            LookupAccountSidW(
                ptr::null(),
                sid.0,
                name.as_mut_ptr(),
                &mut length,
                domain.as_mut_ptr(),
                &mut domain_length,
                &mut kind,
            )
        };
        (found != 0).then(|| String::from_utf16_lossy(&name[..length as usize]))
    }

    /// The identifier at `sid`, which must point to a valid one.
    unsafe fn read(sid: PSID) -> io::Result<Sid> {
        let mut text = ptr::null_mut();
        // SAFETY: the caller vouches for `sid`; `text` is an out parameter.
        if unsafe { ConvertSidToStringSidW(sid, &mut text) } == 0 {
            return Err(io::Error::last_os_error());
        }
        let text = Local(text.cast());
        let units = text.0.cast::<u16>();
        // SAFETY: the text just returned ends with a zero.
        let length = (0..).take_while(|&at| unsafe { *units.add(at) } != 0).count();
        // SAFETY: `length` units were just read there.
        let units = unsafe { std::slice::from_raw_parts(units, length) };
        Ok(Sid(String::from_utf16_lossy(units)))
    }
}

/// Memory that the system allocated with LocalAlloc.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a function that says to free it so; null is allowed.
        unsafe { LocalFree(self.0) };
    }
}

/// A security descriptor: an owner and an access list.
pub(crate) struct Descriptor(Local);

impl Descriptor {
    /// From Microsoft's descriptor language (SDDL).
    pub(crate) fn parse(sddl: &str) -> io::Result<Descriptor> {
        let text = wide(sddl);
        let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
        // SAFETY: `text` ends with a zero; `descriptor` is an out parameter.
        let parsed = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut descriptor,
                ptr::null_mut(),
            )
        };
        if parsed == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Descriptor(Local(descriptor)))
    }

    /// For creating something with it; valid while `self` lives.
    pub(crate) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0.0,
            bInheritHandle: 0,
        }
    }

    /// Replaces the access list of an open folder, which inherits nothing then; and its owner.
    fn put_on(&self, folder: &File, owner: Option<&Sid>) -> io::Result<()> {
        let owner = owner.map(Sid::binary).transpose()?;
        let mut parts = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
        if owner.is_some() {
            parts |= OWNER_SECURITY_INFORMATION;
        }
        // SAFETY: the handle is open; the owner and the list live on.
        let result = unsafe {
            SetSecurityInfo(
                folder.as_raw_handle(),
                SE_FILE_OBJECT,
                parts,
                owner.as_ref().map_or(ptr::null_mut(), |owner| owner.0),
                ptr::null_mut(),
                self.access_list()?,
                ptr::null(),
            )
        };
        check(result)
    }

    /// Its access list; valid while `self` lives.
    fn access_list(&self) -> io::Result<*const ACL> {
        let (mut present, mut defaulted, mut list) = (0, 0, ptr::null_mut());
        // SAFETY: the descriptor is valid; the others are out parameters.
        let found =
            unsafe { GetSecurityDescriptorDacl(self.0.0, &mut present, &mut list, &mut defaulted) };
        // A missing list would let everybody in.
        if found == 0 || present == 0 || list.is_null() {
            return Err(io::Error::other("the security descriptor has no access list"));
        }
        Ok(list)
    }
}

/// No error box and no report with this process's memory in it, and no DLL from anywhere but the
/// system's folder while it runs.
pub fn keep_secrets() {
    let name = std::env::current_exe().ok();
    let name = name.as_deref().and_then(Path::file_name).map(wide);
    // SAFETY: plain numbers, and a name that ends with a zero. Where Windows refuses one of them,
    // there is nobody to tell yet.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
        WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP);
        if let Some(name) = name {
            WerAddExcludedApplication(name.as_ptr(), 0);
        }
        SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    }
}

pub(crate) fn private_folder(path: &Path) -> Result<(), FolderError> {
    let failed = |doing| move |error| FolderError::Io { doing, path: path.to_owned(), error };
    let user = Sid::of_user().map_err(failed("find out whose is"))?;
    // The user and the system, for this folder and all in it, and nothing inherited from above.
    let private = Descriptor::parse(&format!("O:{user}D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)"))
        .map_err(failed("describe the rights of"))?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FolderError::NotAFolder { path: parent.to_owned() },
            _ => failed("create")(error),
        })?;
    }
    if created(path, &private).map_err(failed("create"))? {
        return Ok(());
    }
    if !path.is_dir() {
        return Err(FolderError::NotAFolder { path: path.to_owned() });
    }
    let owner = owner_of_path(path).map_err(failed("look at"))?;
    if owner != user && owner != Sid::of_new_objects().map_err(failed("find out whose is"))? {
        return Err(FolderError::NotYours { path: path.to_owned(), owner: owner.to_string() });
    }
    let folder = open_folder(path, WRITE_DAC, 0).map_err(failed("open"))?;
    // Another process of ours may do the same at this moment, and each reads what the other changes.
    let tighten = || private.put_on(&folder, None);
    tighten().or_else(|_| tighten()).or_else(|_| tighten()).map_err(failed("tighten"))
}

/// Makes sure that `path` is a folder of the administrators' that everybody may read. In the machine's
/// data folder any user can have made it before, or a link in its place; that is never adopted, since
/// who made it may still hold it open: it gets another name. Needs an administrator.
pub(crate) fn administrators_folder(path: &Path) -> io::Result<()> {
    // Full rights for administrators and the system; reading for users; nothing from above.
    let rights =
        Descriptor::parse("O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)")?;
    if created(path, &rights)? {
        return Ok(());
    }
    // By its handle: a name may mean something else a moment later.
    match open_folder(path, WRITE_DAC | WRITE_OWNER, FILE_FLAG_OPEN_REPARSE_POINT) {
        Ok(folder) => {
            let is_folder = folder.metadata()?.is_dir();
            if is_folder && is_trusted_owner(&owner_of(&folder, SE_FILE_OBJECT)?)? {
                return rights.put_on(&folder, Some(&Sid::administrators()));
            }
        }
        // Who shuts administrators out is none.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        Err(error) => return Err(error),
    }
    set_aside(path)?;
    match created(path, &rights)? {
        true => Ok(()),
        false => Err(io::Error::other("somebody makes it again and again: remove it")),
    }
}

fn open_folder(path: &Path, rights: u32, flags: u32) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(READ_CONTROL | FILE_READ_ATTRIBUTES | rights)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | flags)
        .open(path)
}

/// Gives `path` a name beside it that nothing has.
fn set_aside(path: &Path) -> io::Result<()> {
    let mut number = 1;
    loop {
        let aside = path.with_added_extension(format!("not-ours-{number}"));
        if fs::symlink_metadata(&aside).is_err() {
            return fs::rename(path, aside);
        }
        number += 1;
    }
}

/// Creates the folder with these rights; `false` if something is there already.
fn created(path: &Path, rights: &Descriptor) -> io::Result<bool> {
    let name = wide(path);
    // SAFETY: `name` ends with a zero; the attributes point into `rights`, which lives on.
    if unsafe { CreateDirectoryW(name.as_ptr(), &rights.attributes()) } != 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(false) } else { Err(error) }
}

/// Whether only administrators can change `file`. Here its owner has to tell: an installer's file is
/// the administrators' or the system's, a file that a user made is the user's.
pub fn only_administrators_write(file: &Path) -> io::Result<bool> {
    let owner = owner_of_path(file)?;
    Ok(owner.is_administrative())
}

/// Whether `file` is an administrator's, or the user's who runs this.
pub(crate) fn is_trusted(file: &Path) -> io::Result<bool> {
    is_trusted_owner(&owner_of_path(file)?)
}

fn is_trusted_owner(owner: &Sid) -> io::Result<bool> {
    Ok(owner.is_administrative() || *owner == Sid::of_user()?)
}

/// Who owns the kernel object behind `handle`.
pub(crate) fn owner_of_handle(handle: &impl AsRawHandle) -> io::Result<Sid> {
    owner_of(handle, SE_KERNEL_OBJECT)
}

fn owner_of(handle: &impl AsRawHandle, kind: SE_OBJECT_TYPE) -> io::Result<Sid> {
    // SAFETY: the handle is open while it is borrowed; what is not asked for may be null.
    told_owner(|owner, descriptor| unsafe {
        GetSecurityInfo(
            handle.as_raw_handle(),
            kind,
            OWNER_SECURITY_INFORMATION,
            owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            descriptor,
        )
    })
}

fn owner_of_path(path: &Path) -> io::Result<Sid> {
    let name = wide(path);
    // SAFETY: `name` ends with a zero; what is not asked for may be null.
    told_owner(|owner, descriptor| unsafe {
        GetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            descriptor,
        )
    })
}

/// The owner that `ask` finds. Its arguments are out parameters: an owner in a descriptor, and the
/// descriptor, which is the caller's.
fn told_owner(
    ask: impl FnOnce(&mut PSID, &mut PSECURITY_DESCRIPTOR) -> WIN32_ERROR,
) -> io::Result<Sid> {
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    check(ask(&mut owner, &mut descriptor))?;
    let _descriptor = Local(descriptor);
    // SAFETY: `owner` points into the descriptor, which is still allocated.
    unsafe { Sid::read(owner) }
}

/// The identifier that `sid` finds in what the token of `process`, an open handle, says about `class`.
fn of_token(
    process: HANDLE,
    class: TOKEN_INFORMATION_CLASS,
    sid: impl Fn(*const c_void) -> PSID,
) -> io::Result<Sid> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle is open; `token` is an out parameter.
    if unsafe { OpenProcessToken(process, TOKEN_QUERY, &mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // The structure and the longest SID (68 bytes), aligned for pointers.
    let mut buffer = [0u64; 32];
    let mut used = 0;
    // SAFETY: the buffer is as long as said; `used` is an out parameter.
    let told = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            class,
            buffer.as_mut_ptr().cast(),
            size_of_val(&buffer) as u32,
            &mut used,
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system filled the buffer, and the SID in it is valid.
    unsafe { Sid::read(sid(buffer.as_ptr().cast())) }
}

/// A text or a path as the system takes it, with its final zero.
pub(crate) fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

fn check(result: WIN32_ERROR) -> io::Result<()> {
    match result {
        ERROR_SUCCESS => Ok(()),
        error => Err(io::Error::from_raw_os_error(error as i32)),
    }
}

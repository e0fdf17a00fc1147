//! Which addresses may be called: https, or http to this very machine.
//! The parser is the one that the HTTP client itself uses, so both read the same host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;

use super::wrong::Wrong;

/// What is to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    /// Step Functions or SQS.
    Aws,
    /// The instance metadata service.
    Imds,
    /// A queue; its URL has a path.
    Queue,
}

/// The addresses of the instance metadata service, which speaks http only.
/// Source: EC2 User Guide, "Access instance metadata for an EC2 instance".
const IMDS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// Says what is wrong with `text` as the URL of `service`. Credentials in it are never repeated.
pub(super) fn check(text: &str, service: Callee) -> Result<(), Wrong> {
    if text.contains('@') {
        return Err(Wrong::UrlWithCredentials);
    }
    let not_a_url = || Wrong::NotAUrl { url: text.to_owned(), example: example(service) };
    if text.contains(['?', '#', '\\']) || text.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(not_a_url());
    }
    let uri: Uri = text.parse().map_err(|_| not_a_url())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(not_a_url());
    };
    let host = authority.host();
    let port = &authority.as_str()[host.len()..];
    let port_is_good = port.is_empty() || authority.port_u16().is_some_and(|port| port != 0);
    if host.is_empty() || !port_is_good {
        return Err(not_a_url());
    }
    match scheme {
        "https" => {}
        "http" if is_allowed_plain(host, service) => {}
        "http" => {
            return Err(Wrong::NotEncrypted(text.to_owned()));
        }
        _ => return Err(not_a_url()),
    }
    if service == Callee::Queue && uri.path().trim_matches('/').is_empty() {
        return Err(not_a_url());
    }
    Ok(())
}

/// True if calls to the URL `text` do not leave this machine.
pub(super) fn is_this_machine(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host);
    host.is_some_and(|host| is_allowed_plain(host, Callee::Aws))
}

fn example(service: Callee) -> &'static str {
    match service {
        Callee::Aws => "https://states.eu-west-1.amazonaws.com",
        Callee::Imds => "http://169.254.169.254",
        Callee::Queue => "https://sqs.eu-west-1.amazonaws.com/123456789012/my-queue",
    }
}

/// `host` may be called without encryption, because the call does not leave the machine.
fn is_allowed_plain(host: &str, service: Callee) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    // Only full addresses: short and octal forms mean different hosts to different programs.
    let address: Option<IpAddr> = match bare {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    };
    address.is_some_and(|address| {
        address.is_loopback() || (service == Callee::Imds && IMDS.contains(&address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_this_machine_are_allowed() {
        for url in [
            "https://states.eu-west-1.amazonaws.com",
            "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com:8443/",
            "HTTPS://example.com",
            "http://127.0.0.1:4566",
            "http://127.8.9.10",
            "http://localhost:4566/path",
            "http://LOCALHOST",
            "http://[::1]:80/",
        ] {
            assert!(check(url, Callee::Aws).is_ok(), "{url}");
        }
        for url in ["http://169.254.169.254", "http://[fd00:ec2::254]/", "http://127.0.0.1:1338"] {
            assert!(check(url, Callee::Imds).is_ok(), "{url}");
        }
        assert!(check("http://127.0.0.1:4566/000000000000/q", Callee::Queue).is_ok());
    }

    #[test]
    fn what_only_looks_like_this_machine_is_refused() {
        for url in [
            "http://127.0.0.1.evil.com",
            "http://localhost.evil.com",
            "http://evil.com/127.0.0.1",
            "http://evil.com:80",
            "http://127.1",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://2130706433",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://[::1%25eth0]",
            "http://localhost.",
            "http://169.254.169.254",
            "http://10.0.0.1",
            "http://127.0.0.1\\.evil.com",
            "http://evil.com\\@127.0.0.1",
            "http://127.0.0.1 .evil.com",
            "http://127.0.0.1\u{3002}evil.com",
            "http://\u{ff11}27.0.0.1",
        ] {
            assert!(check(url, Callee::Aws).is_err(), "{url}");
        }
        for url in
            ["http://169.254.169.253", "http://169.254.169.254.evil.com", "http://[fd00:ec2::253]"]
        {
            assert!(check(url, Callee::Imds).is_err(), "{url}");
        }
    }

    #[test]
    fn what_is_no_usable_url_is_refused() {
        for url in [
            "",
            "states.eu-west-1.amazonaws.com",
            "https://",
            "https:///path",
            "//localhost",
            "/path",
            "ftp://localhost",
            "file:///etc/passwd",
            "https://host:",
            "https://host:x",
            "https://host:99999",
            "https://host:0",
            "https://host?x=1",
            "https://host/#x",
            "https://ho st",
            "https://host\n",
            "https:host",
            "localhost:80",
            "*",
        ] {
            assert!(check(url, Callee::Aws).is_err(), "{url:?}");
        }
        assert!(check("https://sqs.eu-west-1.amazonaws.com/", Callee::Queue).is_err());
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for url in [
            "https://me:hunter2@host",
            "http://127.0.0.1@evil.com",
            "http://evil.com:hunter2@127.0.0.1",
        ] {
            let problem = check(url, Callee::Aws).unwrap_err().to_string();
            assert!(!problem.contains("hunter2") && problem.contains("user name"), "{problem}");
        }
    }
}

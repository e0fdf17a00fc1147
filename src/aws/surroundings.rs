//! What the computer's owner set for every program that calls AWS: a proxy, certificates of their
//! own, FIPS and dual-stack endpoints, IMDS over IPv6. Read once; `doctor` and the log tell it.

use std::sync::Arc;

use aws_smithy_http_client::proxy::ProxyConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Never through a proxy: this computer itself, and the services that only it can ask.
const NEVER_BY_PROXY: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::/32";
/// IMDS over IPv6. Source: EC2 guide, "Access instance metadata".
const IMDS_IPV6: &str = "http://[fd00:ec2::254]";

/// The settings found. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings(Arc<Honoured>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Honoured {
    /// The proxy for https, with what may be told of it.
    proxy: Option<ProxyUrl>,
    no_proxy: String,
    /// The file of AWS_CA_BUNDLE and what is in it, or why it cannot be used.
    bundle: Option<(String, Result<Vec<u8>, BundleError>)>,
    fips: bool,
    dual_stack: bool,
    imds_ipv6: bool,
}

/// Why the certificates of AWS_CA_BUNDLE are not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum BundleError {
    /// In the system's words.
    #[error("{0}")]
    Unreadable(String),
    #[error("it holds no certificate in PEM form that can be read")]
    NoCertificate,
}

#[derive(Clone, PartialEq, Eq)]
struct ProxyUrl(String);

impl std::fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl ProxyUrl {
    fn usable(&self) -> Option<ProxyConfig> {
        let Self(url) = self;
        let url = if url.contains("://") { url.clone() } else { format!("http://{url}") };
        ProxyConfig::https(url).ok()
    }

    /// Without the name and password that may be in it.
    fn shown(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((before, host)) => match before.split_once("://") {
                Some((scheme, _)) => format!("{scheme}://{host}"),
                None => host.to_owned(),
            },
            None => self.0.clone(),
        }
    }
}

impl Surroundings {
    /// What `variable` (the environment) says. The bundle's file is read here.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).map(|text| text.trim().to_owned());
        let text = |names: [&str; 2]| {
            names.into_iter().find_map(|name| said(name).filter(|text| !text.is_empty()))
        };
        let on = |name: &str| said(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let proxy = text(["HTTPS_PROXY", "https_proxy"]).or(text(["ALL_PROXY", "all_proxy"]));
        let bundle = said("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(|path| {
            let read =
                std::fs::read(&path).map_err(|error| BundleError::Unreadable(error.to_string()));
            (path, read.and_then(|pem| usable(&pem)))
        });
        Self(Arc::new(Honoured {
            proxy: proxy.map(ProxyUrl),
            no_proxy: text(["NO_PROXY", "no_proxy"]).unwrap_or_default(),
            bundle,
            fips: on("AWS_USE_FIPS_ENDPOINT"),
            dual_stack: on("AWS_USE_DUALSTACK_ENDPOINT"),
            imds_ipv6: said("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
                .is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6")),
        }))
    }

    pub(super) fn certificates(&self) -> Option<&[u8]> {
        let (_, read) = self.0.bundle.as_ref()?;
        read.as_deref().ok()
    }

    pub(super) fn proxy(&self) -> ProxyConfig {
        let rules = format!("{NEVER_BY_PROXY},{}", self.0.no_proxy);
        match self.0.proxy.as_ref().and_then(ProxyUrl::usable) {
            Some(all) => all.no_proxy(rules),
            None => ProxyConfig::disabled(),
        }
    }

    /// True: FIPS endpoints are asked for.
    pub(super) fn fips(&self) -> bool {
        self.0.fips
    }

    /// True: dual-stack endpoints are asked for.
    pub(super) fn dual_stack(&self) -> bool {
        self.0.dual_stack
    }

    /// Where IMDS is, unless the configuration says.
    pub(super) fn imds_endpoint<'a>(&self, configured: &'a str) -> &'a str {
        if self.0.imds_ipv6 && configured == super::IMDS_ENDPOINT { IMDS_IPV6 } else { configured }
    }

    /// What is set and cannot be honoured, in words.
    pub fn unusable(&self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(proxy) = self.0.proxy.as_ref().filter(|proxy| proxy.usable().is_none()) {
            told.push(format!("HTTPS_PROXY={} is no URL of a proxy: not used", proxy.shown()));
        }
        if let Some((path, Err(why))) = &self.0.bundle {
            told.push(format!("AWS_CA_BUNDLE={path} cannot be used: {why}"));
        }
        told
    }

    /// What is honoured, in words; empty: nothing is set.
    pub fn told(&self) -> Vec<String> {
        let found = &*self.0;
        let mut told = Vec::new();
        if let Some(proxy) = found.proxy.as_ref().filter(|proxy| proxy.usable().is_some()) {
            let not = if found.no_proxy.is_empty() {
                String::new()
            } else {
                format!(", nor to {}", found.no_proxy)
            };
            told.push(format!(
                "calls go through the proxy {} (never to this computer or IMDS{not})",
                proxy.shown()
            ));
        }
        if let Some((path, Ok(_))) = &found.bundle {
            told.push(format!("certificates of {path} are trusted too"));
        }
        for (set, text) in [
            (found.fips, "FIPS endpoints are used"),
            (found.dual_stack, "dual-stack endpoints are used"),
            (
                found.imds_ipv6,
                "the metadata service is asked over IPv6 unless endpoint_imds says where it is",
            ),
        ] {
            told.extend(set.then(|| text.to_owned()));
        }
        told
    }
}

/// The certificates in `pem` that can be trusted, in PEM again: the HTTP client does not outlive one
/// that it cannot read.
fn usable(pem: &[u8]) -> Result<Vec<u8>, BundleError> {
    let mut store = RootCertStore::empty();
    let mut good = String::new();
    for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
        let text = aws_smithy_types::base64::encode(&certificate);
        if store.add(certificate).is_ok() {
            good += "-----BEGIN CERTIFICATE-----\n";
            // Base64 is ASCII: each line is one.
            for line in text.as_bytes().chunks(64) {
                good += &String::from_utf8_lossy(line);
                good.push('\n');
            }
            good += "-----END CERTIFICATE-----\n";
        }
    }
    if good.is_empty() {
        return Err(BundleError::NoCertificate);
    }
    Ok(good.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_set_is_told_without_passwords() {
        assert!(read(&[]).told().is_empty());
        let told = read(&[
            ("https_proxy", "http://ana:hush@proxy.example:3128"),
            ("no_proxy", ".example"),
            ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"),
            ("AWS_CA_BUNDLE", "/does/not/exist.pem"),
        ]);
        let words = [told.told(), told.unusable()].concat().join("; ");
        for word in [
            "http://proxy.example:3128",
            "nor to .example",
            "FIPS",
            "IPv6",
            "exist.pem cannot be used",
        ] {
            assert!(words.contains(word), "{word}: {words}");
        }
        assert!(!words.contains("hush") && !words.contains("dual"), "{words}");
        assert!(!format!("{told:?}").contains("hush"));
        assert_eq!(told.imds_endpoint(super::super::IMDS_ENDPOINT), IMDS_IPV6);
        assert_eq!(told.imds_endpoint("http://127.0.0.1:1"), "http://127.0.0.1:1");
    }
}

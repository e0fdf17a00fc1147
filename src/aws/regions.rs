//! Which region a queue or an execution is in, as its URL or ARN says: calls are signed for that one,
//! not for the one that this computer stands in.

/// Regions by name, to find slips by: a new one is none. Of those that are alike the most used last.
/// Source: EC2 guide, "Regions and Zones".
pub(crate) const KNOWN: [&str; 40] = [
    "af-south-1",
    "ap-east-2",
    "ap-east-1",
    "ap-northeast-3",
    "ap-northeast-2",
    "ap-northeast-1",
    "ap-south-2",
    "ap-south-1",
    "ap-southeast-7",
    "ap-southeast-6",
    "ap-southeast-5",
    "ap-southeast-4",
    "ap-southeast-3",
    "ap-southeast-2",
    "ap-southeast-1",
    "ca-west-1",
    "ca-central-1",
    "cn-northwest-1",
    "cn-north-1",
    "eu-central-2",
    "eu-central-1",
    "eu-north-1",
    "eu-south-2",
    "eu-south-1",
    "eu-west-3",
    "eu-west-2",
    "eu-west-1",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-west-1",
    "us-west-2",
    "us-east-2",
    "us-east-1",
];

/// The region that `place`, an ARN or a URL of SQS or Step Functions, names; `None` where it names
/// none, as a server on this computer.
pub(crate) fn named_in(place: &str) -> Option<String> {
    let place = place.trim();
    if place.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("arn:")) {
        return place.split(':').nth(3).filter(|region| is_region(region)).map(str::to_owned);
    }
    let uri: hyper::Uri = place.parse().ok()?;
    let host = uri.host()?.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    // `sqs`, `sqs-fips`, the older `queue`; before it a VPC endpoint's own name, or the region.
    let of_service =
        |label: &&str| matches!(*label, "sqs" | "sqs-fips" | "queue" | "states" | "states-fips");
    let at = labels.iter().position(of_service)?;
    let beside = [labels.get(at + 1), at.checked_sub(1).and_then(|before| labels.get(before))];
    let region = beside.into_iter().flatten().find(|label| is_region(label));
    match region {
        Some(region) => Some((*region).to_owned()),
        None => (host == "queue.amazonaws.com" || host == "sqs.amazonaws.com")
            .then(|| "us-east-1".to_owned()),
    }
}

/// Where the queue at `url` is to be asked, if that is another place than its region's usual one: a VPC
/// endpoint, a FIPS or a dual-stack name, which somebody chose for a reason.
pub(super) fn own_endpoint(url: &str) -> Option<String> {
    let uri: hyper::Uri = url.parse().ok().filter(|_| named_in(url).is_some())?;
    let host = uri.host()?.to_ascii_lowercase();
    let is_chosen = host.contains(".sqs.") && host.contains(".vpce.")
        || host.starts_with("sqs-fips.")
        || host.ends_with(".api.aws")
        || host.ends_with(".api.amazonwebservices.com.cn");
    let origin = || format!("https://{}", uri.authority().map_or(host.as_str(), |at| at.as_str()));
    (is_chosen && uri.scheme_str() == Some("https")).then(origin)
}

/// The URL of the queue with this ARN; anything else is a URL already.
pub(crate) fn queue_url(place: &str) -> String {
    let parts: Vec<&str> = place.trim().split(':').collect();
    let [scheme, partition, "sqs", region, account, name] = parts[..] else {
        return place.trim().to_owned();
    };
    if !scheme.eq_ignore_ascii_case("arn") || !is_region(region) {
        return place.trim().to_owned();
    }
    let domain = match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://sqs.{region}.{domain}/{account}/{name}")
}

/// `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`: words of letters, then a number.
pub(crate) fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let (Some((number, words)), true) = (words.split_last(), words.len() >= 3) else {
        return false;
    };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // In ISO regions the partition's letter is in the word: `us-isob-east-1`.
    words.iter().all(is_word) && digits(number) && number.len() <= 2 && words[0].len() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_names_its_region() {
        for (place, region) in [
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/desk", "eu-west-1"),
            ("https://eu-west-1.queue.amazonaws.com/123456789012/desk", "eu-west-1"),
            ("https://queue.amazonaws.com/123456789012/desk", "us-east-1"),
            ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/desk", "cn-north-1"),
            ("https://cn-northwest-1.queue.amazonaws.com.cn/1/desk", "cn-northwest-1"),
            ("https://sqs.us-gov-west-1.amazonaws.com/1/desk", "us-gov-west-1"),
            ("https://sqs-fips.us-east-2.amazonaws.com/1/desk", "us-east-2"),
            ("https://sqs.ap-southeast-5.api.aws/1/desk", "ap-southeast-5"),
            ("https://sqs-fips.us-west-2.api.aws/1/desk", "us-west-2"),
            ("https://sqs.cn-north-1.api.amazonwebservices.com.cn/1/desk", "cn-north-1"),
            ("https://vpce-0ab1-7xyz.sqs.eu-central-1.vpce.amazonaws.com/1/desk", "eu-central-1"),
            (
                "https://vpce-0ab1-7xyz-eu-central-1a.sqs.eu-central-1.vpce.amazonaws.com/1/d",
                "eu-central-1",
            ),
            ("https://sqs.us-iso-east-1.c2s.ic.gov/1/desk", "us-iso-east-1"),
            ("https://sqs.us-isob-east-1.sc2s.sgov.gov/1/desk", "us-isob-east-1"),
            ("https://sqs.eusc-de-east-1.amazonaws.eu/1/desk", "eusc-de-east-1"),
            ("https://states.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://vpce-0ab1-7xyz.states.eu-central-1.vpce.amazonaws.com", "eu-central-1"),
            ("arn:aws:sqs:il-central-1:123456789012:desk", "il-central-1"),
            ("arn:aws-us-gov:states:us-gov-east-1:1:execution:desk:a", "us-gov-east-1"),
        ] {
            assert_eq!(named_in(place).as_deref(), Some(region), "{place}");
        }
        for place in [
            "http://127.0.0.1:4566/000000000000/desk",
            "http://localhost/eu-west-1/desk",
            "https://proxy.eu-west-1.example/1/desk",
            "arn:aws:sqs::1:desk",
            "desk",
            "",
        ] {
            assert_eq!(named_in(place), None, "{place}");
        }
    }

    #[test]
    fn a_queue_is_asked_where_its_url_says() {
        for (url, endpoint) in [
            (
                "https://vpce-0ab1-7xyz.sqs.eu-central-1.vpce.amazonaws.com/1/desk",
                "https://vpce-0ab1-7xyz.sqs.eu-central-1.vpce.amazonaws.com",
            ),
            (
                "https://sqs-fips.us-east-2.amazonaws.com/1/d",
                "https://sqs-fips.us-east-2.amazonaws.com",
            ),
            ("https://sqs.ap-southeast-5.api.aws/1/d", "https://sqs.ap-southeast-5.api.aws"),
        ] {
            assert_eq!(own_endpoint(url).as_deref(), Some(endpoint), "{url}");
        }
        for url in [
            // The usual place: FIPS and dual-stack settings go on to count.
            "https://sqs.eu-west-1.amazonaws.com/1/desk",
            "https://eu-west-1.queue.amazonaws.com/1/desk",
            "http://sqs-fips.us-east-2.amazonaws.com/1/d",
            "http://127.0.0.1:4566/1/desk",
        ] {
            assert_eq!(own_endpoint(url), None, "{url}");
        }
    }

    #[test]
    fn an_arn_is_a_url_too() {
        let url = "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/desk.fifo";
        assert_eq!(queue_url("arn:aws-cn:sqs:cn-north-1:123456789012:desk.fifo"), url);
        assert_eq!(queue_url(url), url);
    }
}

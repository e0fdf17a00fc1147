//! From what is configured to what the AWS edge and the log want.

use tracing::level_filters::LevelFilter;

use crate::aws::{Access, CredentialSource, IMDS_ENDPOINT, QueueChoice};
use crate::config::{self, Config, LogFormat, LogLevel};
use crate::log::{self, Log};

/// Where AWS is.
pub(crate) fn access(config: &Config) -> Access {
    let aws = &config.aws;
    Access {
        region: aws.region.clone(),
        instance_id: aws.instance_id.clone(),
        sfn_endpoint: aws.endpoints.sfn.clone(),
        sqs_endpoint: aws.endpoints.sqs.clone(),
        imds_endpoint: aws.endpoints.imds.clone().unwrap_or_else(|| IMDS_ENDPOINT.into()),
        credentials: match aws.credentials {
            config::CredentialSource::Imds => CredentialSource::Imds,
            config::CredentialSource::Chain => CredentialSource::Chain,
        },
        queue: match &aws.queue.url {
            Some(url) => QueueChoice::Url(url.clone()),
            None => QueueChoice::Discover {
                tag: aws.queue.tag.clone(),
                name_template: aws.queue.name_template.clone(),
            },
        },
    }
}

/// Starts the log as configured; keep it to the end.
pub(crate) fn start_log(config: &Config) -> Log {
    start(config, level(config))
}

/// For a program whose standard error is somebody else's: only what matters is shown there.
pub(crate) fn start_quiet_log(config: &Config) -> Log {
    start(config, level(config).min(LevelFilter::WARN))
}

fn start(config: &Config, seen: LevelFilter) -> Log {
    let format = match config.log {
        LogFormat::Text => log::Format::Text,
        LogFormat::Json => log::Format::Json,
    };
    log::start(format, level(config), seen, Some(&config.state_dir))
}

fn level(config: &Config) -> LevelFilter {
    match config.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    }
}

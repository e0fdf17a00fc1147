//! What one would write with the AWS SDK alone: a beat, a pause, a beat. A peer of Deskbeat's in
//! tests/figures/peers.py: `bare_loop TASK-TOKEN PAUSE-SECONDS`. It finds endpoint, region and
//! credentials as the SDK does by default, and goes on after an error.

use std::error::Error;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::imds::Client as Imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_sfn::error::DisplayErrorContext;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let token = words.next().ok_or("no task token")?;
    let pause = Duration::from_secs_f64(words.next().ok_or("no pause")?.parse()?);
    // A trimmed build of the SDK has no HTTP client of its own, nor has its IMDS client.
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let provider = ProviderConfig::default().with_http_client(http.clone());
    let imds = Imds::builder().configure(&provider).build();
    let credentials = ImdsCredentialsProvider::builder().imds_client(imds).build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .credentials_provider(credentials)
        .load()
        .await;
    let client = aws_sdk_sfn::Client::new(&config);
    loop {
        if let Err(error) = client.send_task_heartbeat().task_token(&token).send().await {
            eprintln!("{}", DisplayErrorContext(error));
        }
        tokio::time::sleep(pause).await;
    }
}

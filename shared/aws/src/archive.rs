//! # Archive
//! Objects in a bucket, below the migration's id. S3 itself sees to it that an object is put once and read whole.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use bytes::Bytes;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::archive::{bad_key, good_prefix};
use posthorse_domain::ports::{Archive, Put};

use crate::packing::{pack, unpack};
use crate::{Session, cause};

/// The longest key that S3 takes, in octets.
const LONGEST_KEY: usize = 1024;
/// How often a put that met another of the same key (409) is tried, each time twice as late as before.
const AGAIN: u32 = 5;
/// The first of these waits.
const PAUSE: Duration = Duration::from_millis(50);
/// More pages of keys (of 1,000) than a migration can have.
const PAGES: usize = 1 << 20;

/// The archive in an S3 bucket.
///
/// The role needs `s3:ListBucket` even where nothing is listed: without it S3 answers 403 for an object that is not there.
#[derive(Debug)]
pub struct S3Archive {
    client: Client,
    bucket: String,
}

impl S3Archive {
    /// The archive in this bucket.
    pub fn new(session: &Session, bucket: impl Into<String>) -> Self {
        let config = aws_sdk_s3::config::Builder::from(session.config()).force_path_style(session.path_style());
        Self { client: Client::from_conf(config.build()), bucket: bucket.into() }
    }

    /// An address from which an object can be had for a while, by whoever has the address: as a file of this name, of no
    /// type that a browser would show.
    ///
    /// # Errors
    /// The key is none, or the address cannot be signed.
    pub async fn link(&self, id: &MigrationId, key: &str, file: &str, lasts: Duration) -> Result<String, Failure> {
        let operation = "sign address";
        let name = name(operation, id, key)?;
        let config = PresigningConfig::expires_in(lasts).map_err(|error| cause::shape(operation, &name, error))?;
        let get = self.client.get_object().bucket(&self.bucket).key(&name);
        let get = get.response_content_disposition(format!("attachment; filename=\"{file}\""));
        let signed = get.response_content_type("application/octet-stream").presigned(config).await;
        signed.map(|signed| signed.uri().to_owned()).map_err(|error| cause::sdk(operation, &name, &error))
    }

    fn putting(&self, name: &str, octets: Bytes) -> PutObjectFluentBuilder {
        self.client.put_object().bucket(&self.bucket).key(name).body(octets.into())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Archive for S3Archive {
    async fn put_once(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure> {
        let operation = "put object once";
        let name = name(operation, id, key)?;
        let octets = pack(key, octets).map_err(|error| cause::shape(operation, &name, error))?;
        for again in 0..AGAIN {
            let Err(error) = self.putting(&name, octets.clone()).if_none_match("*").send().await else {
                return Ok(Put::Done);
            };
            match status(&error) {
                Some(412) => return Ok(Put::Exists),
                // Another put of this key is under way: once it has ended, the key is taken or free.
                Some(409) => tokio::time::sleep(PAUSE.saturating_mul(2_u32.saturating_pow(again))).await,
                _ => return Err(cause::sdk(operation, &name, &error)),
            }
        }
        Err(cause::shape(operation, &name, format!("another put of this key was in the way {AGAIN} times")))
    }

    async fn put(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        let name = name("put object", id, key)?;
        let octets = pack(key, octets).map_err(|error| cause::shape("put object", &name, error))?;
        let done = self.putting(&name, octets).send().await;
        done.map(|_| ()).map_err(|error| cause::sdk("put object", &name, &error))
    }

    async fn get(&self, id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        let name = name("get object", id, key)?;
        let object = match self.client.get_object().bucket(&self.bucket).key(&name).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(cause::sdk("get object", &name, &error)),
        };
        let kept = object.body.collect().await.map_err(|error| cause::shape("get object", &name, error))?;
        let octets = unpack(key, kept.into_bytes());
        octets.map(Some).map_err(|error| cause::shape("get object", &name, format!("{error}; the object is damaged")))
    }

    async fn keys(&self, id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        if !good_prefix(prefix) {
            return Err(cause::shape("list objects", format!("{prefix:?}"), "no key can begin so"));
        }
        let (mut keys, mut token) = (Vec::new(), None);
        let below = format!("{}/", id.0);
        for _ in 0..PAGES {
            let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{below}{prefix}"));
            let page = list.set_continuation_token(token).send().await;
            let page = page.map_err(|error| cause::sdk("list objects", &below, &error))?;
            let found = page.contents().iter().filter_map(|object| object.key()?.strip_prefix(&below));
            keys.extend(found.map(ToOwned::to_owned));
            token = page.next_continuation_token;
            if token.is_none() {
                keys.sort();
                return Ok(keys);
            }
        }
        Err(cause::shape("list objects", &below, "more than can be listed"))
    }

    async fn remove(&self, id: &MigrationId, key: &str) -> Result<(), Failure> {
        let name = name("remove object", id, key)?;
        let done = self.client.delete_object().bucket(&self.bucket).key(&name).send().await;
        done.map(|_| ()).map_err(|error| cause::sdk("remove object", &name, &error))
    }
}

/// The object's key in the bucket.
fn name(operation: &str, id: &MigrationId, key: &str) -> Result<String, Failure> {
    if let Some(reason) = bad_key(key) {
        return Err(cause::shape(operation, format!("{key:?}"), format!("not a key: {reason}")));
    }
    let name = format!("{}/{key}", id.0);
    match name.len() > LONGEST_KEY {
        true => Err(cause::shape(operation, &name, format!("a key of more than {LONGEST_KEY} octets"))),
        false => Ok(name),
    }
}

fn status<E>(error: &SdkError<E, Response>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

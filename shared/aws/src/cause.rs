//! # Cause
//! Where errors of the SDKs end: operation, object, cause and a hint for people.

use std::fmt::Display;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use posthorse_domain::migration::Failure;

/// The most of AWS's own words that is repeated, in characters.
const WORDS: usize = 300;

/// A failed call. Its tries are used up: whoever gets this stops or waits.
pub(crate) fn sdk<E: ProvideErrorMetadata, R>(
    operation: &str,
    object: impl Display,
    error: &SdkError<E, R>,
) -> Failure {
    let (what, hint) = match error {
        SdkError::TimeoutError(_) => ("no answer in time".into(), "; it is tried again"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            ("no answer in time".into(), "; it is tried again")
        }
        SdkError::DispatchFailure(_) => ("cannot be reached".into(), "; check the function's network and the endpoint"),
        SdkError::ServiceError(service) => said(service.err()),
        SdkError::ResponseError(_) => ("an answer that cannot be read".into(), ""),
        _ => ("a request that cannot be made".into(), "; check the settings"),
    };
    Failure::store(format!("{operation}, {object}: {what}{hint}"))
}

/// A record, an event or a body that is not what it should be. `object` names it; its octets are not repeated.
pub(crate) fn shape(operation: &str, object: impl Display, what: impl Display) -> Failure {
    Failure::store(format!("{operation}, {object}: {what}"))
}

fn said(error: &impl ProvideErrorMetadata) -> (String, &'static str) {
    let code = error.code().unwrap_or("an error without a code");
    let words: String = error.message().unwrap_or_default().chars().take(WORDS).collect();
    let what = if words.is_empty() { code.to_owned() } else { format!("{code}: {words}") };
    (what, hint(code))
}

fn hint(code: &str) -> &'static str {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => "; check the function's role",
        "ExpiredToken" | "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "; the credentials in the environment are not valid any more"
        }
        "ResourceNotFoundException"
        | "NoSuchBucket"
        | "QueueDoesNotExist"
        | "AWS.SimpleQueueService.NonExistentQueue" => "; check the settings; was the stack deleted?",
        "ThrottlingException" | "ProvisionedThroughputExceededException" | "RequestLimitExceeded" | "SlowDown" => {
            "; AWS asks for less; it is tried again"
        }
        "DisabledException" | "KMSInvalidStateException" | "NotFoundException" => {
            "; the key is disabled or due for deletion: enable it again"
        }
        "InvalidCiphertextException" | "IncorrectKeyException" => {
            "; it was not sealed for this migration and side with this key"
        }
        "ItemCollectionSizeLimitExceededException" | "ValidationException" => "; is it larger than 400 KB?",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::ErrorMetadata;
    use posthorse_domain::migration::{Side, Trouble};

    use super::*;

    fn service(code: &str, words: &str) -> SdkError<ErrorMetadata, ()> {
        SdkError::service_error(ErrorMetadata::builder().code(code).message(words).build(), ())
    }

    #[test]
    fn a_failure_names_operation_object_cause_and_hint() {
        let denied = "User: x is not authorized";
        let refused = ConnectorError::io("connection refused".into());
        let rows = [
            (
                service("AccessDeniedException", denied),
                "save folder, m folder 7: AccessDeniedException: User: x is not authorized; check the function's role",
            ),
            (service("Odd", ""), "save folder, m folder 7: Odd"),
            (SdkError::timeout_error("late"), "save folder, m folder 7: no answer in time; it is tried again"),
            (
                SdkError::dispatch_failure(refused),
                "save folder, m folder 7: cannot be reached; check the function's network and the endpoint",
            ),
        ];
        for (error, words) in rows {
            let failure = sdk("save folder", "m folder 7", &error);
            assert_eq!(failure.cause, words);
            assert_eq!((failure.side, failure.trouble), (Side::Store, Trouble::Store));
        }
    }

    #[test]
    fn long_words_are_cut() {
        assert!(sdk("put", "x", &service("Odd", &"ä".repeat(10_000))).cause.chars().count() < 400);
    }
}

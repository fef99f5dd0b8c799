//! Signatures of messages, against a vector of Standard Webhooks' own libraries.

use monitor::outputs::{WebhookSecret, sign};

#[test]
fn a_message_is_signed_as_the_libraries_of_standard_webhooks_sign_it() {
    let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let signature = sign(
        &secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
    );
    assert_eq!(
        signature.unwrap(),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn what_is_no_secret_is_refused_and_a_secret_is_not_shown() {
    for text in [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_AAAA",
        "whsec_no base64",
    ] {
        assert!(WebhookSecret::parse(text).is_none(), "{text}");
    }
    let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    assert_eq!(format!("{secret:?}"), "WebhookSecret");
}

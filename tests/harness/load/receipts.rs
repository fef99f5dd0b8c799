//! Receipts written as text: the builder of the tests goes through JSON values, which takes longer than the server needs for the receipt.

use kit::documents::hash;
use verifier::base64::encode_url;

use super::gateways::Gateway;

/// What a receipt says.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// Its id; receipts of different ids share no identity.
    pub id: &'a str,
    /// The run that the call was made in.
    pub run: &'a str,
    /// The scope of the token that was used.
    pub scope_hash: Option<&'a str>,
    /// When.
    pub at: &'a str,
}

impl Receipt<'_> {
    /// The signed document.
    pub fn sign(&self, gateway: &Gateway) -> String {
        let payload = self.payload();
        // The payload is spelled as `H_js` spells it, so that its text is what is hashed.
        let hash = hash(&payload);
        let signature = encode_url(&gateway.key.sign(hash.as_bytes()));
        let (did, at) = (&gateway.did, self.at);
        format!(
            r#"{{"envelope_version":"1","envelope_type":"gateway_receipt","payload":{payload},"payload_hash_b64u":"{hash}","hash_algorithm":"SHA-256","signature_b64u":"{signature}","algorithm":"Ed25519","signer_did":"{did}","issued_at":"{at}"}}"#
        )
    }

    fn payload(&self) -> String {
        let Self { id, run, at, .. } = self;
        let [request, response, event] =
            ["request", "response", "event"].map(|part| hash(&format!("{part} of {id}")));
        let scope = self
            .scope_hash
            .map(|hash| format!(r#","token_scope_hash_b64u":"{hash}""#))
            .unwrap_or_default();
        format!(
            r#"{{"receipt_version":"1","receipt_id":"{id}","gateway_id":"gateway","provider":"anthropic","model":"claude-test","request_hash_b64u":"{request}","response_hash_b64u":"{response}","tokens_input":10,"tokens_output":20,"latency_ms":12,"timestamp":"{at}","binding":{{"run_id":"{run}","event_hash_b64u":"{event}","nonce":"nonce-{id}"{scope}}}}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Receipt;
    use crate::load::gateways::Gateways;
    use kit::documents::{gateway_receipt, hash};

    const AT: &str = "2026-02-12T00:00:00.000Z";

    #[test]
    fn a_receipt_that_is_written_as_text_is_the_receipt_of_the_tests() {
        let gateways = Gateways::new().unwrap();
        let gateway = gateways.of(7).unwrap();
        let receipt = Receipt {
            id: "rcpt_1",
            run: "run_1",
            scope_hash: None,
            at: AT,
        };
        let built = gateway_receipt("rcpt_1", "run_1").at(AT).sign(&gateway.key);
        assert_eq!(receipt.sign(gateway), built);
    }

    #[test]
    fn the_same_with_the_scope_of_a_token() {
        let gateways = Gateways::new().unwrap();
        let gateway = gateways.of(8).unwrap();
        let scope = hash("scope");
        let receipt = Receipt {
            id: "rcpt_2",
            run: "run_2",
            scope_hash: Some(&scope),
            at: AT,
        };
        let built = gateway_receipt("rcpt_2", "run_2").with("/binding/token_scope_hash_b64u", &scope);
        assert_eq!(receipt.sign(gateway), built.at(AT).sign(&gateway.key));
    }
}

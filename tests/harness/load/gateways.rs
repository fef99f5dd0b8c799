//! Fifty gateways, each with a key of its own.

use kit::documents;
use ledger::signer::EvidenceKey;

use crate::{HarnessError, actors};

/// How many gateways send.
const GATEWAYS: u8 = 50;
/// Seeds below are of the cast.
const FIRST_SEED: u8 = 100;

/// A key that signs receipts.
#[derive(Debug)]
pub struct Gateway {
    /// The key.
    pub key: EvidenceKey,
    /// Its DID, as documents spell it.
    pub did: String,
}

/// All gateways.
#[derive(Debug)]
pub struct Gateways(Vec<Gateway>);

impl Gateways {
    /// The same keys every time.
    ///
    /// # Errors
    /// [`HarnessError::Key`] where a seed is no key, which none of these is.
    pub fn new() -> Result<Self, HarnessError> {
        let gateway = |number: u8| {
            let key = EvidenceKey::from_seed([FIRST_SEED + number; 32])?;
            Ok(Gateway {
                did: key.did().to_string(),
                key,
            })
        };
        (0..GATEWAYS).map(gateway).collect::<Result<_, _>>().map(Self)
    }

    /// The gateway that signs the document of a number.
    pub fn of(&self, number: u64) -> Option<&Gateway> {
        let place = number % u64::from(GATEWAYS);
        self.0.get(usize::try_from(place).ok()?)
    }

    /// Their registrations, signed by the operator, for whom `submitters` may send.
    ///
    /// # Errors
    /// As [`actors::now`].
    pub fn registrations(
        &self,
        operator: &EvidenceKey,
        origin: &str,
        submitters: &[&str],
    ) -> Result<Vec<String>, HarnessError> {
        let at = actors::now()?;
        let registration = |(number, gateway): (usize, &Gateway)| {
            let name = format!("gateway-{number:02}");
            documents::registration(origin, &gateway.did, &name, &["gateway"])
                .with("/submitters", submitters)
                .at(&at)
                .sign(operator)
        };
        Ok(self.0.iter().enumerate().map(registration).collect())
    }
}

//! Randomness of the operating system, for seeds and salts.

/// The operating system gives none: nothing secret can be made here.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no randomness: {0}")]
pub(crate) struct NoEntropy(getrandom::Error);

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoEntropy)?;
    Ok(bytes)
}

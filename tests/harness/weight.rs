//! What a first visit to a page carries over the line.

use crate::HarnessError;
use crate::client::Client;
use std::collections::{BTreeMap, BTreeSet};

/// A page and all that it names, by address.
#[derive(Debug, Clone)]
pub struct PageWeight {
    /// Bytes of the page itself, uncompressed.
    pub page: usize,
    /// Bytes of head and body of each answer, compressed where the server compresses.
    pub transferred: BTreeMap<String, usize>,
}

impl PageWeight {
    /// Opens a page with nothing cached. What is fetched: the page, whatever address under `/assets/` it names, and
    /// whatever a style sheet or module of those imports, in turn; except the verifier in WebAssembly, which is
    /// fetched after everything else and has a budget of its own.
    ///
    /// # Errors
    /// [`HarnessError::Unexpected`] where something that the page names is not there; otherwise as
    /// [`Client::get`].
    pub fn pay(client: &Client, path: &str) -> Result<Self, HarnessError> {
        let mut visit = Self {
            page: client.get(path)?.body.len(),
            transferred: BTreeMap::new(),
        };
        let mut wanted = BTreeSet::from([path.to_owned()]);
        while let Some(next) = wanted.pop_first() {
            let answer = client.get(&next)?;
            if answer.status != 200 {
                let found = format!("{} for {next}", answer.status);
                return Err(HarnessError::unexpected("status 200", found));
            }
            let text = answer.text();
            visit.transferred.insert(next.clone(), client.transfer(&next)?);
            let here = next.rsplit_once('/').map_or("", |(folder, _)| folder);
            let named = quoted(&text, "/assets/").map(str::to_owned);
            let beside = quoted(&text, "./").map(|name| format!("{here}/{}", name.trim_start_matches("./")));
            let known = |address: &String| visit.transferred.contains_key(address);
            let is_verifier = |address: &String| address.contains("/verifier.wasm");
            let fetched = named.chain(beside).filter(|address| !is_verifier(address));
            wanted.extend(fetched.filter(|address| !known(address)));
        }
        Ok(visit)
    }

    /// Bytes over the line.
    pub fn total(&self) -> usize {
        self.transferred.values().sum()
    }
}

/// What stands in double quotes and begins so.
fn quoted<'a>(text: &'a str, begin: &'static str) -> impl Iterator<Item = &'a str> {
    text.split('"').filter(move |part| part.starts_with(begin))
}

//! What a page says of the list that it exports.

use serde::Serialize;

use crate::error::PageError;

/// What a list is exported as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    NdJson,
    Csv,
}

impl Format {
    /// The member `format` of a query; `None` where the page is asked for.
    pub(crate) fn read(text: Option<&str>) -> Result<Option<Self>, PageError> {
        match text.unwrap_or_default().trim() {
            "" => Ok(None),
            "ndjson" => Ok(Some(Self::NdJson)),
            "csv" => Ok(Some(Self::Csv)),
            _ => Err(PageError::Malformed {
                what: "format",
                expected: "ndjson or csv",
            }),
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::NdJson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::NdJson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// An item of a list. As NDJSON it has the members that the API gives it.
pub(crate) trait ExportItem: Serialize + Send + 'static {
    /// The heads of the columns.
    const COLUMNS: &'static [&'static str];

    /// One text for each column; nothing where the item has no such member.
    fn cells(&self) -> Vec<String>;
}

/// The addresses of a whole list, for the buttons below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ExportLinks {
    pub(crate) csv: String,
    pub(crate) ndjson: String,
}

/// A page of a list.
pub(crate) struct ListPage<I, C> {
    pub(crate) items: Vec<I>,
    /// The cursor of the next page.
    pub(crate) next: Option<C>,
}

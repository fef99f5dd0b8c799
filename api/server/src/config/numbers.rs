//! Tables of numbers that bound something.

/// A limit under which nothing works.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{key} is {value}: expected {min} to {max}")]
pub(crate) struct BadLimit {
    pub(crate) table: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
}

/// A table of whole numbers, each with its default, its smallest and its largest value.
macro_rules! numbers {
    ($(#[$of:meta])* $name:ident in $table:literal; $($(#[$doc:meta])* $key:ident: $default:literal, $min:expr, $max:expr;)*) => {
        $(#[$of])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $name {
            $($(#[$doc])* $key: u64,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $name {
            /// Refuses what would stop the server from doing anything, or that it cannot do.
            ///
            /// # Errors
            /// The first key.
            pub(crate) fn check(&self) -> Result<(), $crate::config::BadLimit> {
                for (key, value, min, max) in [$((stringify!($key), self.$key, $min, $max),)*] {
                    if value < min || value > max {
                        let table = $table;
                        return Err($crate::config::BadLimit { table, key, value, min, max });
                    }
                }
                Ok(())
            }
        }
    };
}
pub(crate) use numbers;

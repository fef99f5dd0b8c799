//! The offline verifier for the command line.

//! Everything an auditor needs to check the log offline.

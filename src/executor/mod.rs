//! The working role.

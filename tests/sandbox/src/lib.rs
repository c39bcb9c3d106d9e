//! Both clouds on loopback.

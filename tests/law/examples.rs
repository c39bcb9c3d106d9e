//! Schedules that once broke the law, and what becomes of them now.

//! What an answer to the release call is taken for, whatever its form: the real binary against a cloud that answers as told.

mod busy;
mod foreign;
mod named;
mod of_another;
mod refusals;
mod success;
mod unreadable;

//! # Order
//! What a call asks for: the timer's sweep, or a person's word about one migration.

use std::fmt;

use posthorse_domain::intake::obey::{self, Told};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::sweep::Doors;
use serde_json::{Value, json};

/// A person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A stalled, failed or paused migration goes on.
    Resume,
    /// A migration whose pass is over ends; its credentials are forgotten.
    Finish,
    /// It ends wherever it stands.
    Cancel,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// All that is due.
    Sweep,
    /// A word about one migration.
    Person(Word, MigrationId),
}

/// The call is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUnderstood;

impl fmt::Display for NotUnderstood {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("expected the timer's event, or one of {\"resume\": ID}, {\"finish\": ID}, {\"cancel\": ID}")
    }
}

impl std::error::Error for NotUnderstood {}

impl Order {
    /// Reads a call. Only the timer's event and the three words are taken, so that a slip sweeps nothing away.
    ///
    /// # Errors
    /// Anything else.
    pub fn read(event: Value) -> Result<Self, NotUnderstood> {
        let Value::Object(event) = event else { return Err(NotUnderstood) };
        if event.get("source").and_then(Value::as_str) == Some("aws.events") {
            return Ok(Self::Sweep);
        }
        let mut fields = event.iter();
        let (Some((word, id)), None) = (fields.next(), fields.next()) else { return Err(NotUnderstood) };
        let word = match word.as_str() {
            "resume" => Word::Resume,
            "finish" => Word::Finish,
            "cancel" => Word::Cancel,
            _ => return Err(NotUnderstood),
        };
        let id = id.as_str().filter(|id| !id.is_empty()).ok_or(NotUnderstood)?;
        Ok(Self::Person(word, MigrationId(id.to_owned())))
    }
}

/// Does what the word says. A refusal is an answer, not a failure: it says which state forbids it.
pub async fn obey(doors: &Doors<'_>, word: Word, id: &MigrationId) -> Result<Value, Failure> {
    let verb = match word {
        Word::Resume => Verb::Resume,
        Word::Finish => Verb::Finish,
        Word::Cancel => Verb::Cancel,
    };
    let Doors { ledger, queue, vault, clock, .. } = *doors;
    let told = obey::obey(&obey::Doors { ledger, queue, vault, clock }, id, verb).await?;
    Ok(match told {
        Told::Done(record) | Told::Already(record) => {
            let (turn, outcome) = (record.turn, record.state.word());
            tracing::info!(step = "sweep", migration = id.0, turn, outcome, "a word");
            json!({"migration": id.0, "state": outcome})
        }
        Told::Refused(_, refused) => json!({"migration": id.0, "refused": refused.0}),
        Told::Unknown(_) => json!({"migration": id.0, "refused": "there is no such migration"}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Order, NotUnderstood> {
        Order::read(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn the_sample_events_are_decoded() {
        assert_eq!(read(include_str!("../../../events/sweep.json")), Ok(Order::Sweep));
        let id = MigrationId("9c1185a5c5e9fc54612808977ee8f548".into());
        assert_eq!(read(include_str!("../../../events/resume.json")), Ok(Order::Person(Word::Resume, id)));
    }

    #[test]
    fn a_person_has_three_words() {
        for (text, word) in [("resume", Word::Resume), ("finish", Word::Finish), ("cancel", Word::Cancel)] {
            let order = Order::Person(word, MigrationId("m-1".into()));
            assert_eq!(read(&format!("{{\"{text}\": \"m-1\"}}")), Ok(order));
        }
    }

    #[test]
    fn nothing_else_is_taken_for_a_sweep() {
        for text in [
            "{}",
            "[]",
            "null",
            "\"resume\"",
            r#"{"source": "somewhere"}"#,
            r#"{"resume": 1}"#,
            r#"{"resume": ""}"#,
            r#"{"resume": "m", "finish": "m"}"#,
            r#"{"remove": "m"}"#,
        ] {
            assert_eq!(read(text), Err(NotUnderstood), "{text}");
        }
    }
}

//! Which facts a reader of the feed wants: as far as subjects tell, the broker chooses; the rest is chosen here.

use crate::error::QueryError;
use crate::extract;
use chassis::log::Message;
use events::{EventType, ExerciseId, Family, subject};
use memchr::memmem::Finder;
use uuid::Uuid;

/// What the filters of a request come to.
#[derive(Debug)]
pub struct Wanted {
    pub subjects: Vec<String>,
    /// `laurel.<name>.v` of each type; empty for every type.
    types: Vec<String>,
    exercise: Option<Exercise>,
}

/// An exercise, as it is named by subjects and inside bodies.
#[derive(Debug)]
struct Exercise {
    /// The end of its own subject.
    key: String,
    /// Bodies are compact JSON, in which a text's quotation marks are escaped: these bytes are that member and nothing else.
    member: Finder<'static>,
}

/// The filters as they were sent.
#[derive(Debug, Default, Clone, Copy)]
pub struct Filters<'a> {
    pub families: Option<&'a str>,
    pub types: Option<&'a str>,
    pub learner: Option<&'a str>,
    pub exercise: Option<&'a str>,
}

impl Wanted {
    pub fn of(filters: Filters<'_>) -> Result<Self, QueryError> {
        let types = filters.types.map(types).transpose()?.unwrap_or_default();
        let mut families = match filters.families {
            Some(names) => families(names)?,
            None => public_families().collect(),
        };
        if !types.is_empty() {
            families.retain(|family| types.iter().any(|event_type| event_type.family == *family));
        }
        if families.is_empty() {
            let expected = "None of these types is of one of these families.";
            return Err(QueryError::invalid("type", "type_unknown", expected));
        }
        let learner = filters.learner.map(learner).transpose()?;
        Ok(Self {
            subjects: subjects(&families, learner),
            types: types.iter().map(|event_type| format!("laurel.{}.v", event_type.name)).collect(),
            exercise: filters.exercise.map(exercise).transpose()?,
        })
    }

    /// Whether a message of these subjects is wanted.
    pub fn includes(&self, message: &Message) -> bool {
        let event_type = message.header("ce-type").unwrap_or_default();
        let of_type = self.types.is_empty() || self.types.iter().any(|name| event_type.starts_with(name));
        let of_exercise = self.exercise.as_ref().is_none_or(|exercise| {
            message.subject.ends_with(&exercise.key) || exercise.member.find(&message.body).is_some()
        });
        of_type && of_exercise
    }
}

/// Those of FACTS.
fn public_families() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().filter(|family| *family != Family::Account)
}

fn families(names: &str) -> Result<Vec<Family>, QueryError> {
    let family = |name: &str| {
        public_families().find(|family| family.name() == name).ok_or_else(|| {
            let names: Vec<&str> = public_families().map(Family::name).collect();
            let expected = format!("Families are {}, separated by commas.", names.join(", "));
            QueryError::invalid("family", "family_unknown", expected)
        })
    };
    names.split(',').map(str::trim).map(family).collect()
}

fn types(names: &str) -> Result<Vec<EventType>, QueryError> {
    let known: Vec<EventType> =
        EventType::all().into_iter().filter(|event_type| event_type.family != Family::Account).collect();
    let event_type = |name: &str| {
        known.iter().find(|event_type| event_type.name == name).copied().ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|event_type| event_type.name).collect();
            let expected = format!("Types are {}, separated by commas.", names.join(", "));
            QueryError::invalid("type", "type_unknown", expected)
        })
    };
    names.split(',').map(str::trim).map(event_type).collect()
}

/// Facts know learners by id alone; who they are is no part of them.
fn learner(text: &str) -> Result<Uuid, QueryError> {
    let expected = "The id of a learner is expected: a UUID.";
    Uuid::parse_str(text).map_err(|_| QueryError::invalid("learner", "learner_invalid", expected))
}

fn exercise(text: &str) -> Result<Exercise, QueryError> {
    let id = match Uuid::parse_str(text) {
        Ok(id) => id,
        Err(_) if extract::is_slug(text) => ExerciseId::of_slug(text).0,
        Err(_) => {
            let expected = "The slug or the id of an exercise is expected.";
            return Err(QueryError::invalid("exercise", "exercise_invalid", expected));
        }
    };
    let member = format!("\"exercise_id\":\"{id}\"");
    Ok(Exercise { key: id.to_string(), member: Finder::new(member.as_bytes()).into_owned() })
}

fn subjects(families: &[Family], learner: Option<Uuid>) -> Vec<String> {
    let all = families.len() == public_families().count();
    match learner {
        None if all => vec![subject::ALL_FACTS.to_owned()],
        None => families.iter().copied().map(subject::family).collect(),
        Some(learner) if all => vec![subject::about(learner)],
        Some(learner) => families.iter().map(|family| subject::fact(*family, learner)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects_of(filters: Filters<'_>) -> Vec<String> {
        Wanted::of(filters).expect("filters").subjects
    }

    #[test]
    fn the_broker_chooses_what_subjects_tell() {
        let nobody = Filters::default();
        assert_eq!(subjects_of(nobody), ["facts.>"]);
        let judgements = Filters { types: Some("submission_judged"), ..nobody };
        assert_eq!(subjects_of(judgements), ["facts.judgement.>"]);
        let id = Uuid::nil().to_string();
        let about = Filters { learner: Some(&id), ..nobody };
        assert_eq!(subjects_of(about), [format!("facts.*.12.{id}")]);
        let both = Filters { families: Some("learner, judgement"), ..about };
        assert_eq!(subjects_of(both), [format!("facts.learner.12.{id}"), format!("facts.judgement.12.{id}")]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let nobody = Filters::default();
        let cases = [
            (Filters { families: Some("account"), ..nobody }, "family_unknown"),
            (Filters { families: Some(""), ..nobody }, "family_unknown"),
            (Filters { types: Some("account_registered"), ..nobody }, "type_unknown"),
            (
                Filters { families: Some("learner"), types: Some("submission_judged"), ..nobody },
                "type_unknown",
            ),
            (Filters { learner: Some("ada"), ..nobody }, "learner_invalid"),
            (Filters { exercise: Some("No Slug"), ..nobody }, "exercise_invalid"),
        ];
        for (filters, expected) in cases {
            let refused = Wanted::of(filters);
            assert!(
                matches!(refused, Err(QueryError::Invalid { code, .. }) if code == expected),
                "{filters:?}"
            );
        }
    }
}

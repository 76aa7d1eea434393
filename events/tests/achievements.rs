//! What is told about achievements is what the rules say.

use events::achievement::RULES;

#[test]
fn the_table_in_the_docs_is_the_rules() {
    let lines = include_str!("../../docs/progress.md").lines();
    let told: Vec<&str> = lines.skip_while(|line| !line.starts_with("| id | title")).skip(2).collect();
    let rules: Vec<String> = RULES
        .iter()
        .map(|rule| {
            let (id, title, metric) = (rule.id, rule.title, rule.metric.name());
            format!("| `{id}` | {title} | {} | `{metric}` ≥ {} |", rule.description, rule.threshold)
        })
        .collect();
    assert_eq!(told, rules);
}

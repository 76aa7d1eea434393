//! From the format's groups to ours. Points there are a tree of sums and minima; here a list of groups with weights, each
//! all or nothing (`min`) or in equal parts (`sum`). What is no such list is refused.

use super::Folder;
use super::data::{Data, Node, Style};
use super::settings::{Settings, whole};
use super::yaml::{Keys, words_of};
use crate::{Bounds, Refused};
use events::package::{GroupRule, ScoreGroup, Scoring};
use serde_json::Value;

/// A group with the points it can earn.
struct Worth {
    name: String,
    points: f64,
    rule: GroupRule,
    tests: Vec<u32>,
    needs: Vec<String>,
}

/// The scoring, and what the exercise is worth if the package says that.
pub fn read(
    folder: &mut Folder<'_>,
    settings: &Settings,
    data: &Data,
) -> Result<(Scoring, Option<u32>), Refused> {
    if !settings.scoring {
        return Ok((Scoring::AllOrNothing, None));
    }
    let mut worths = Vec::new();
    match data.style {
        Style::Testdata => legacy(folder, data, &mut worths)?,
        Style::TestGroup => {
            let most = modern_secret(&data.secret)?;
            modern(&data.secret, most, true, &mut worths)?;
            worths.retain(|worth| !worth.tests.is_empty());
            add_needed(data, &mut worths)?;
            worths = in_order(worths)?;
        }
    }
    worths.retain(|worth| !worth.tests.is_empty());
    let all: f64 = worths.iter().map(|worth| worth.points).sum();
    if all <= 0.0 {
        return Err(Refused::new("data/secret", "no group is worth points"));
    }
    let scale = scale(&worths).unwrap_or_else(|| {
        folder.warn("data/secret", "the groups' points are rounded to thousandths");
        1_000.0
    });
    let points = whole(all).filter(|points| (1..=Bounds::POINTS_MAX).contains(points));
    if points.is_none_or(|points| (f64::from(points) - all).abs() > 1e-6) {
        let given = points.unwrap_or(Bounds::POINTS_MAX);
        folder.warn(
            "data/secret",
            format!("the groups are worth {all} together; the exercise is worth {given}, shared alike"),
        );
    }
    let mut groups = Vec::with_capacity(worths.len());
    for Worth { name, points, rule, tests, needs } in worths {
        let weight = whole(points * scale)
            .ok_or_else(|| Refused::new(&*name, format!("{points} points do not fit")))?;
        groups.push(ScoreGroup { name, weight, rule, tests, needs });
    }
    Ok((Scoring::Groups(groups), Some(points.unwrap_or(Bounds::POINTS_MAX))))
}

/// The smallest factor by which all points become whole numbers, because weights are whole.
fn scale(worths: &[Worth]) -> Option<f64> {
    let is_whole = |number: f64| (number - number.round()).abs() < 1e-6;
    (1..=1_000).map(f64::from).find(|scale| worths.iter().all(|worth| is_whole(worth.points * scale)))
}

/// What the default grader is told in a group.
struct Grader {
    mode: &'static str,
    accept: f64,
    most: Option<f64>,
    continues: bool,
    /// Not all has to be accepted for points to count.
    lenient: bool,
    ignores_sample: bool,
}

impl Grader {
    fn read(keys: &Keys) -> Result<Self, Refused> {
        let mut keys = keys.clone();
        let mut grader = Self {
            mode: "sum",
            accept: 1.0,
            most: None,
            continues: false,
            lenient: false,
            ignores_sample: false,
        };
        for flag in keys.take_words("grader_flags")?.unwrap_or_default() {
            match flag.as_str() {
                "sum" => grader.mode = "sum",
                "avg" => grader.mode = "avg",
                "min" => grader.mode = "min",
                "max" => {
                    return Err(Refused::new(
                        &keys.file,
                        "the grader's `max` is not there; groups are summed or all or nothing",
                    ));
                }
                "ignore_sample" => grader.ignores_sample = true,
                "always_accept" | "accept_if_any_accepted" => grader.lenient = true,
                "worst_error" | "first_error" => {}
                other => {
                    return Err(Refused::new(
                        &keys.file,
                        format!("the grader's `{other}` is not understood"),
                    ));
                }
            }
        }
        grader.accept = keys.take_number("accept_score")?.unwrap_or(1.0);
        if grader.accept < 0.0 {
            return Err(keys.wrong("accept_score", "0 or more"));
        }
        if keys.take_number("reject_score")?.is_some_and(|score| score != 0.0) {
            return Err(Refused::new(&keys.file, "`reject_score`: failed tests are worth nothing here"));
        }
        let range = keys.take_text("range")?;
        grader.most = range
            .and_then(|range| range.split_whitespace().nth(1)?.parse().ok())
            .filter(|most: &f64| most.is_finite());
        grader.continues = keys.take_text("on_reject")?.is_some_and(|reject| reject == "continue");
        Ok(grader)
    }
}

fn legacy(folder: &mut Folder<'_>, data: &Data, worths: &mut Vec<Worth>) -> Result<(), Refused> {
    let (top, secret) = (Grader::read(&data.top)?, Grader::read(&data.secret.keys)?);
    if top.mode != "sum" {
        return Err(Refused::new(
            &data.top.file,
            format!("`{}` of sample and secret is not understood", top.mode),
        ));
    }
    if !secret.lenient && secret.mode == "sum" && !data.secret.children.is_empty() {
        folder.warn("data/secret", "its grader gives points only when every group is accepted (neither always_accept nor accept_if_any_accepted); here every group is worth its points");
    }
    if !top.ignores_sample {
        legacy_node(folder, &data.sample, worths)?;
    }
    legacy_node(folder, &data.secret, worths)
}

fn legacy_node(folder: &mut Folder<'_>, node: &Node, worths: &mut Vec<Worth>) -> Result<(), Refused> {
    let grader = Grader::read(&node.keys)?;
    let tests = f64::from(u32::try_from(node.tests.len()).unwrap_or(u32::MAX));
    let worth = |points: f64, rule, tests: Vec<u32>| Worth {
        name: node.name.clone(),
        points,
        rule,
        tests,
        needs: Vec::new(),
    };
    if grader.mode == "min" {
        let mut least = if node.tests.is_empty() { f64::INFINITY } else { grader.accept };
        for child in &node.children {
            let inner = Grader::read(&child.keys)?;
            if inner.mode != "min" || !child.children.is_empty() {
                return Err(Refused::new(
                    format!("data/{}", child.name),
                    "a sum within a group of `min` cannot be told here",
                ));
            }
            least = least.min(inner.accept);
        }
        worths.push(worth(if least.is_finite() { least } else { 0.0 }, GroupRule::Min, node.all_tests()));
        return Ok(());
    }
    if grader.mode == "avg" && !node.children.is_empty() {
        return Err(Refused::new(
            format!("data/{}", node.name),
            "an average over groups cannot be told here",
        ));
    }
    let own = if grader.mode == "avg" { grader.accept } else { grader.accept * tests };
    if !node.tests.is_empty() {
        if !grader.continues && node.tests.len() > 1 && grader.accept > 0.0 {
            folder.warn(format!("data/{}", node.name), "judging there ends at the first failed test (`on_reject: break`); here every passed test is worth its part");
        }
        worths.push(worth(own, GroupRule::Sum, node.tests.clone()));
    }
    let before = worths.len();
    for child in &node.children {
        legacy_node(folder, child, worths)?;
    }
    let together: f64 = own + worths[before..].iter().map(|worth| worth.points).sum::<f64>();
    if grader.most.is_some_and(|most| (most - together).abs() > 1e-6) && !node.all_tests().is_empty() {
        folder.warn(
            format!("data/{}", node.name),
            format!("its `range` is not the {together} points its tests are worth together"),
        );
    }
    Ok(())
}

/// What says how a group becomes points, as both forms of the later version write it.
struct Modern {
    most: Option<Value>,
    rule: Option<String>,
}

fn modern_keys(node: &Node) -> Result<Modern, Refused> {
    let mut keys = node.keys.clone();
    let mut inner = keys.take_map("scoring")?.unwrap_or_else(|| Keys::empty(&keys.file));
    let most = keys.take("max_score").or_else(|| inner.take("score"));
    let rule = match keys.take_text("score_aggregation")? {
        Some(rule) => Some(rule),
        None => inner.take_text("aggregation")?,
    };
    Ok(Modern { most, rule })
}

/// What a group needs itself.
fn own_needs(node: &Node) -> Result<Vec<String>, Refused> {
    let mut keys = node.keys.clone();
    let inner = keys.take_map("scoring")?;
    let needs = keys.take("require_pass").or_else(|| inner?.take("require_pass"));
    Ok(needs.as_ref().and_then(words_of).unwrap_or_default())
}

/// What a group needs of which all is to be passed: also what those in it need.
fn all_needs(node: &Node) -> Result<Vec<String>, Refused> {
    let mut needs: Vec<String> = Vec::new();
    for inner in node.walk() {
        for name in own_needs(inner)? {
            if !needs.contains(&name) {
                needs.push(name);
            }
        }
    }
    Ok(needs)
}

fn number(node: &Node, score: &Value) -> Result<f64, Refused> {
    let number = super::yaml::text_of(score).and_then(|text| text.parse::<f64>().ok());
    number.filter(|number| number.is_finite() && *number >= 0.0).ok_or_else(|| {
        Refused::new(&node.keys.file, "the most points of a group are a number here; `unbounded` is for validators that give points themselves")
    })
}

fn modern_secret(node: &Node) -> Result<f64, Refused> {
    modern_keys(node)?.most.map_or(Ok(100.0), |score| number(node, &score))
}

fn modern(node: &Node, most: f64, is_secret: bool, worths: &mut Vec<Worth>) -> Result<(), Refused> {
    let rule = modern_keys(node)?.rule;
    let rule = rule.unwrap_or_else(|| if is_secret { "sum" } else { "pass-fail" }.to_owned());
    let worth = |points, rule, tests, needs| Worth { name: node.name.clone(), points, rule, tests, needs };
    match rule.as_str() {
        "sum" => {
            // What children do not claim is shared among the other children and the tests.
            let mut claimed = 0.0;
            let mut sharers = node.tests.len();
            for child in &node.children {
                match modern_keys(child)?.most {
                    Some(score) => claimed += number(child, &score)?,
                    None => sharers += 1,
                }
            }
            if claimed > most + 1e-6 {
                return Err(Refused::new(
                    &node.keys.file,
                    format!("the groups in it are worth {claimed}, more than its {most}"),
                ));
            }
            let share = (most - claimed) / f64::from(u32::try_from(sharers.max(1)).unwrap_or(u32::MAX));
            let needs = own_needs(node)?;
            if !needs.is_empty() && !node.children.is_empty() {
                return Err(Refused::new(
                    &node.keys.file,
                    "`require_pass` of a group of groups cannot be told here",
                ));
            }
            let own = f64::from(u32::try_from(node.tests.len()).unwrap_or(u32::MAX)) * share;
            worths.push(worth(own, GroupRule::Sum, node.tests.clone(), needs));
            for child in &node.children {
                let most = modern_keys(child)?.most.map_or(Ok(share), |score| number(child, &score))?;
                modern(child, most, false, worths)?;
            }
            Ok(())
        }
        // Tests are worth all or nothing, so their minimum is as well.
        "pass-fail" | "min" => {
            for inner in node.walk().into_iter().skip(1) {
                if modern_keys(inner)?.rule.is_some_and(|rule| rule == "sum") {
                    return Err(Refused::new(
                        &inner.keys.file,
                        format!("a sum within a group of `{rule}` cannot be told here"),
                    ));
                }
            }
            worths.push(worth(most, GroupRule::Min, node.all_tests(), all_needs(node)?));
            Ok(())
        }
        other => Err(Refused::new(
            &node.keys.file,
            format!("`{other}` is not understood; pass-fail, sum and min are"),
        )),
    }
}

/// Makes a group that is worth nothing of everything that is needed and is not worth points itself, such as the samples or a
/// group in a group of `min`; and of what that needs.
fn add_needed(data: &Data, worths: &mut Vec<Worth>) -> Result<(), Refused> {
    let mut wanted: Vec<String> = worths.iter().flat_map(|worth| worth.needs.clone()).collect();
    let mut extra: Vec<Worth> = Vec::new();
    while let Some(name) = wanted.pop() {
        if worths.iter().chain(&extra).any(|worth| worth.name == name) {
            continue;
        }
        let nodes = data.sample.walk().into_iter().chain(data.secret.walk());
        let node = nodes.clone().find(|node| node.name == name);
        let tests = node.map(Node::all_tests);
        let test = || {
            data.names.iter().position(|test| *test == name).and_then(|index| u32::try_from(index + 1).ok())
        };
        let tests = tests.or_else(|| Some(vec![test()?]));
        match tests {
            Some(tests) if !tests.is_empty() => {
                let needs = node.map_or(Ok(Vec::new()), all_needs)?;
                wanted.extend(needs.clone());
                extra.push(Worth { name, points: 0.0, rule: GroupRule::Min, tests, needs });
            }
            _ => {
                return Err(Refused::new(
                    "data/secret",
                    format!("`require_pass` names {name:?}, which has no tests"),
                ));
            }
        }
    }
    worths.splice(0..0, extra);
    Ok(())
}

/// So that every group comes after those it needs, which here are before it; otherwise as they were.
fn in_order(mut left: Vec<Worth>) -> Result<Vec<Worth>, Refused> {
    let mut ordered: Vec<Worth> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_there = |name: &String| ordered.iter().any(|worth| worth.name == *name);
        let Some(next) = left.iter().position(|worth| worth.needs.iter().all(is_there)) else {
            let names: Vec<&str> = left.iter().map(|worth| worth.name.as_str()).collect();
            let reason = format!("`require_pass` goes round in a circle ({})", names.join(", "));
            return Err(Refused::new(format!("data/{}", names[0]), reason));
        };
        ordered.push(left.remove(next));
    }
    Ok(ordered)
}

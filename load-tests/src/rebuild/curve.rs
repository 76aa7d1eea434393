//! `load-tests rebuild --curve FILE`: what an event of a rebuild costs, and its memory, at a tenth, a fifth, a half and all of
//! the events. As CSV in FILE, and drawn beside it as SVG.

use super::{EXERCISES, Emptied, fill, learners_for};
use crate::generator::per_second;
use crate::idle::mib;
use crate::population::{Resident, Task};
use crate::report::{Figure, Report, Target};
use crate::residents;
use crate::system::System;
use anyhow::Context;
use local_servers::nats::accounts;
use std::fmt::Write as _;
use std::path::Path;

/// Of how many events each size is: one in so many.
const SHARES: [usize; 4] = [10, 5, 2, 1];

/// One size.
#[derive(Debug, Clone, Copy)]
struct Point {
    events: usize,
    per_second: f64,
    /// Processor time for each event, in µs: the build's, PostgreSQL's, nats-server's.
    processors: [f64; 3],
    peak_mib: f64,
}

impl Point {
    fn cost(&self) -> f64 {
        self.processors.iter().sum()
    }
}

pub async fn measure(system: &System, report: &mut Report, events: usize, to: &Path) -> anyhow::Result<()> {
    let tenants = residents::learners(system, learners_for(events)).await?;
    let learners: Vec<Resident> = tenants.into_iter().map(|tenant| tenant.resident).collect();
    let tasks: Vec<Task> =
        residents::exercises(system, EXERCISES).await?.into_iter().map(|(_, task)| task).collect();
    let (log, judge) = (system.log(accounts::COMMAND_API).await?, system.log(accounts::JUDGE).await?);
    let mut points: Vec<Point> = Vec::new();
    for (number, share) in SHARES.into_iter().enumerate() {
        let events = events / share;
        fill(&log, &judge, &learners, &tasks, events as u64).await?;
        let emptied = Emptied::new(system, number).await?;
        let (rebuilt, processors) = emptied.rebuild().await?;
        emptied.drop_database().await?;
        let point = Point {
            events,
            per_second: per_second(events, rebuilt.elapsed),
            processors: processors.map(|(_, took)| 1e6 / per_second(events, took)),
            peak_mib: mib(rebuilt.peak_kib),
        };
        points.push(point);
        // As far as it got, should the next size be too much.
        std::fs::write(to, csv(&points)).with_context(|| format!("writing {}", to.display()))?;
        let rate = Figure::new(format!("rebuild of {events} events"), point.per_second, "events/s");
        report.add(rate);
        let name = format!("processor time for each of {events} events");
        let (cost, peak) = (
            Figure::new(name, point.cost(), "µs"),
            Figure::new(format!("peak memory, {events} events"), point.peak_mib, "MiB"),
        );
        if let [first, .., _] = points.as_slice() {
            let first_cost = Figure::new(format!("at {} events", first.events), first.cost(), "µs");
            let first_peak = Figure::new(format!("at {} events", first.events), first.peak_mib, "MiB");
            report.add(cost.beside(&first_cost, Some(Target::AtMost(1.25))));
            report.add(peak.beside(&first_peak, Some(Target::AtMost(1.25))));
        } else {
            report.add(cost);
            report.add(peak);
        }
    }
    let drawn = to.with_extension("svg");
    std::fs::write(&drawn, svg(&points)).with_context(|| format!("writing {}", drawn.display()))
}

fn csv(points: &[Point]) -> String {
    let mut csv = "events,events_per_second,build_us,postgresql_us,nats_us,peak_mib\n".to_owned();
    for point in points {
        let [build, postgres, nats] = point.processors;
        let Point { events, per_second, peak_mib, .. } = point;
        let _ = writeln!(csv, "{events},{per_second:.0},{build:.2},{postgres:.2},{nats:.2},{peak_mib:.0}");
    }
    csv
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const MARGIN: f64 = 60.0;

/// Two charts, one below the other, over the events: processor time of each process, and peak memory. Both from zero, so that
/// what looks flat is.
fn svg(points: &[Point]) -> String {
    let costs = [
        ("build", "#1b6ac9", points.iter().map(|point| point.processors[0]).collect::<Vec<f64>>()),
        ("PostgreSQL", "#b4530a", points.iter().map(|point| point.processors[1]).collect()),
        ("nats-server", "#2b7a3d", points.iter().map(|point| point.processors[2]).collect()),
    ];
    let memory =
        [("peak memory", "#1b6ac9", points.iter().map(|point| point.peak_mib).collect::<Vec<f64>>())];
    let events: Vec<f64> = points.iter().map(|point| millions(point.events)).collect();
    let (width, height) = (WIDTH + 2.0 * MARGIN, 2.0 * (HEIGHT + 2.0 * MARGIN));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    chart(&mut svg, 0.0, "processor time for each event, µs", &events, &costs);
    chart(&mut svg, HEIGHT + 2.0 * MARGIN, "memory of the build, MiB", &events, &memory);
    svg + "</svg>\n"
}

#[allow(clippy::cast_precision_loss)] // Events are far below 2^52.
fn millions(events: usize) -> f64 {
    events as f64 / 1e6
}

fn chart(svg: &mut String, top: f64, title: &str, events: &[f64], lines: &[(&str, &str, Vec<f64>)]) {
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN_POSITIVE, f64::max);
    let (most_events, most_value) = (
        most(&mut events.iter().copied()),
        most(&mut lines.iter().flat_map(|(.., values)| values.iter().copied())) * 1.15,
    );
    let x = |events: f64| MARGIN + WIDTH * events / most_events;
    let y = |value: f64| top + MARGIN + HEIGHT * (1.0 - value / most_value);
    let (left, bottom) = (x(0.0), y(0.0));
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>", top + 30.0);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (value, right) = (most_value * share, left + WIDTH);
        let at = y(value);
        let _ = writeln!(svg, "<path d=\"M{left} {at}H{right}\" stroke=\"#ddd\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{at}\" text-anchor=\"end\">{value:.0}</text>", left - 6.0);
    }
    for events in events {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{events} M</text>",
            x(*events),
            bottom + 20.0
        );
    }
    for (name, colour, values) in lines {
        let places: Vec<String> = events
            .iter()
            .zip(values)
            .map(|(events, value)| format!("{:.1},{:.1}", x(*events), y(*value)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join(" ")
        );
        if let Some((events, value)) = events.iter().zip(values).next_back() {
            let (x, y) = (x(*events), y(*value) - 7.0);
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_become_lines() {
        let point = |events, cost| Point {
            events,
            per_second: 50_000.0,
            processors: [cost, 10.0, 5.0],
            peak_mib: 250.0,
        };
        let points = [point(1_000_000, 12.0), point(10_000_000, 12.5)];
        let csv = csv(&points);
        assert_eq!(csv.lines().nth(2), Some("10000000,50000,12.50,10.00,5.00,250"));
        let svg = svg(&points);
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains(">10 M<") && !svg.contains("NaN"), "{svg}");
    }
}

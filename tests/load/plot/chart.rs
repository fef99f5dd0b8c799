//! The picture: a few charts under each other, sizes of the log from left to right, each ten times the one before.

use std::path::Path;

use harness::HarnessError;
use plotters::prelude::*;

use super::points::Points;

/// Width of the picture, and height of one chart.
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 420;

/// A chart: its title, and which figures are in it.
type ChartRule = (&'static str, fn(&str) -> bool);

/// The charts.
const CHARTS: [ChartRule; 7] = [
    ("Processor time of the server for a receipt, µs", |name| {
        name.starts_with("http_batches_of_256_cpu_")
    }),
    ("Receipts a second over HTTP", |name| {
        ["http_batches_of_256", "http_singles", "http_one_by_one"].contains(&name)
    }),
    ("Entries and proofs a second, without a network", |name| {
        ["appended_in_process", "inclusion_proof_in_process"].contains(&name)
    }),
    ("Pages, 99th percentile, ms", |name| {
        name.starts_with("page_") && name.ends_with("_p99")
    }),
    ("Lookups, 99th percentile, ms", |name| {
        name.starts_with("lookup_") && name.ends_with("_p99")
    }),
    ("Jobs of a hundred entries, 99th percentile, ms", |name| {
        ["job_query_p99", "job_verdict_p99"].contains(&name)
    }),
    ("Bytes stored for each byte of evidence", |name| {
        name == "disk_of_evidence"
    }),
];

/// A line of a chart: its name, and a value for each size.
type Line = (String, Vec<(f64, f64)>);

pub(super) fn draw(points: &Points, picture: &Path) -> Result<(), HarnessError> {
    let charts: Vec<(&str, Vec<Line>)> = CHARTS
        .iter()
        .map(|(title, is_in)| (*title, lines_of(points, *is_in)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect();
    let count = u32::try_from(charts.len()).unwrap_or(1).max(1);
    let root = SVGBackend::new(picture, (WIDTH, HEIGHT * count)).into_drawing_area();
    root.fill(&WHITE).map_err(|error| broken(&error))?;
    let areas = root.split_evenly((charts.len().max(1), 1));
    for (area, (title, lines)) in areas.iter().zip(&charts) {
        chart(area, title, lines).map_err(|error| broken(&error))?;
    }
    root.present().map_err(|error| broken(&error))
}

fn lines_of(points: &Points, is_in: fn(&str) -> bool) -> Vec<Line> {
    let chosen = points.0.iter().filter(|(name, _)| is_in(name));
    let line = |(name, growing): (&String, &super::points::Growing)| {
        let values = growing.values.iter();
        let values = values.map(|(size, value)| (crate::report::float(*size), *value));
        (name.clone(), values.collect())
    };
    chosen.map(line).collect()
}

fn chart(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let all = || lines.iter().flat_map(|(_, values)| values.iter());
    let least = all().map(|(size, _)| *size).fold(f64::INFINITY, f64::min);
    let most = all().map(|(size, _)| *size).fold(0.0, f64::max);
    let highest = all().map(|(_, value)| *value).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(70)
        .build_cartesian_2d(
            (least..most.max(least * 10.0)).log_scale(),
            0.0..highest.max(0.001) * 1.1,
        )?;
    chart
        .configure_mesh()
        .x_desc("entries of the log")
        .x_label_formatter(&|size| format!("{size:.0}"))
        .draw()?;
    for (place, (name, values)) in lines.iter().enumerate() {
        let style = Palette99::pick(place).stroke_width(2);
        chart
            .draw_series(LineSeries::new(values.iter().copied(), style).point_size(3))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()
}

fn broken(error: &DrawingAreaErrorKind<std::io::Error>) -> HarnessError {
    HarnessError::unexpected("a picture", error.to_string())
}

//! The plot of a fleet's requests, as an SVG.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::fleet::{Beginning, Day, OUTAGE_END, Requests, hours};

const SIZE: (u32, u32) = (960, 900);
/// The most points that a line has.
const POINTS: usize = 900;

/// What a fleet was seen to do, as a table in Markdown.
pub struct Summary(pub String);

/// Lets the fleets of a day pass and plots their requests.
pub fn plot(file: &Path, clients: u32) -> Result<Summary, Box<dyn Error>> {
    let day = |lifetime, beginning, has_outage| {
        Day { clients, lifetime, beginning, has_outage }.requests()
    };
    let outage = day(300.0, Beginning::Spread, true);
    let morning = day(300.0, Beginning::NineOClock, false);
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let panels = area.split_evenly((3, 1));
    let whole = "A day, with a ten-minute outage at 14:00";
    draw(&panels[0], whole, &outage, hours(0.0, 24.0))?;
    draw(&panels[1], "The outage, 13:50 to 14:40", &outage, hours(13.83, 14.67))?;
    draw(&panels[2], "Everybody logs in around 9:00", &morning, hours(8.5, 10.5))?;
    area.present()?;
    let mut rows = vec![row(300.0, &outage, &morning)];
    for lifetime in [600.0, 3_600.0] {
        let outage = day(lifetime, Beginning::Spread, true);
        rows.push(row(lifetime, &outage, &day(lifetime, Beginning::NineOClock, false)));
    }
    Ok(Summary(rows.concat()))
}

fn draw(
    panel: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    requests: &Requests,
    seconds: Range<usize>,
) -> Result<(), Box<dyn Error>> {
    let hour = |second: usize| second as f64 / 3_600.0;
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(64)
        .build_cartesian_2d(
            hour(seconds.start)..hour(seconds.end),
            0.0..requests.peak(seconds.clone()) * 1.1,
        )?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&|hour| clock(*hour))
        .y_desc("requests per second")
        .y_label_formatter(&|count| format!("{count:.0}"))
        .draw()?;
    let step = seconds.len().div_ceil(POINTS);
    let points = seconds.step_by(step).map(|second| {
        let part = second..(second + step).min(requests.0.len());
        (hour(second), requests.peak(part))
    });
    chart.draw_series(LineSeries::new(points, &RGBColor(37, 99, 235)))?;
    Ok(())
}

fn clock(hour: f64) -> String {
    let minutes = (hour * 60.0).round() as u32;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// What counts of a lifetime: the mean, and the peaks as multiples of it.
fn row(lifetime: f64, outage: &Requests, morning: &Requests) -> String {
    let mean = outage.mean(hours(2.0, 13.0));
    let times = |requests: &Requests, seconds| requests.peak(seconds) / mean;
    format!(
        "| {lifetime:.0} s | {mean:.0} | {:.2} | {:.2} | {:.2} | {:.2} |\n",
        times(outage, hours(2.0, 13.0)),
        times(outage, OUTAGE_END - 600..OUTAGE_END),
        times(outage, OUTAGE_END..OUTAGE_END + 7_200),
        times(morning, hours(9.5, 13.0)),
    )
}

// Draw the daily numbers that the page carries as JSON. The table below the chart says the same without a script.
/* global uPlot */

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const month = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
let box;
let drawn = "";
let drawnWidth = 0;
let plot;

// Columns and a line; before: those of the days that these are compared with, or nothing.
function read() {
  drawn = document.getElementById("daily-numbers").textContent;
  const data = JSON.parse(drawn);
  const [bars, line] = data.series;
  return { days: data.dates.map(seconds), bars, line, before: data.before };
}

function seconds(day) {
  return day && Date.parse(`${day}T00:00:00Z`) / 1000;
}

function colour(name) {
  const probe = document.createElement("span");
  probe.className = name;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function dayOfMonth(day) {
  return `${day.getUTCDate()} ${month.format(day)}`;
}

function axis(scale, side, series, narrow) {
  return {
    scale,
    side,
    label: narrow ? undefined : series.unit ? `${series.label}, ${series.unit}` : series.label,
    labelSize: 20,
    size: 52,
    stroke: colour("chart-ink"),
    grid: { show: side === 3, stroke: colour("chart-grid"), width: 1 },
    ticks: { show: false },
    values: (_, values) => values.map((value) => (value === null ? "" : compact.format(value))),
  };
}

function said(series) {
  return (_, value) => {
    if (value === null || value === undefined) return "";
    return series.unit === "%" ? `${plain.format(value)} %` : `${series.unit} ${plain.format(value)}`.trim();
  };
}

// As many values as the days have, each beside the day that it is compared with.
function dashed(series, dates, scale, stroke) {
  const words = said(series);
  return {
    label: `${series.label} before`,
    scale,
    stroke: colour(stroke),
    width: 1.5,
    dash: [5, 4],
    points: { show: series.values.length === 1, size: 4 },
    value: (plot, value, _, index) =>
      index === null || !dates[index] ? "" : `${words(plot, value)} (${shortDay.format(seconds(dates[index]) * 1000)})`,
  };
}

function options(width, { days, bars, line, before }) {
  const narrow = width < 500;
  return {
    width,
    height: narrow ? 220 : 280,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { y: false, points: { size: 7 } },
    legend: { markers: { dash: (_, index) => (index > 2 ? "dashed" : "solid") } },
    scales: { x: { time: true, range: wholeDays }, bars: { range: fromZero }, line: { range: fromZero } },
    axes: [
      {
        stroke: colour("chart-ink"),
        grid: { show: false },
        ticks: { show: false },
        space: 70,
        values: (_, moments) => moments.map((moment) => dayOfMonth(new Date(moment * 1000))),
      },
      axis("bars", 3, bars, narrow),
      axis("line", 1, line, narrow),
    ],
    series: [
      { label: "Day", value: (_, moment) => (moment === null ? "" : fullDay.format(moment * 1000)) },
      {
        label: bars.label,
        scale: "bars",
        fill: colour("chart-spend"),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars({ size: [0.72, 24], radius: 0.15 }),
        value: said(bars),
      },
      {
        label: line.label,
        scale: "line",
        stroke: colour("chart-conversions"),
        width: 2,
        // A day between two without a value has no line to be seen by.
        points: { show: line.values.some((value) => value === null) || days.length === 1, size: 4 },
        value: said(line),
      },
      ...(before
        ? [
            dashed(before.series[0], before.dates, "bars", "chart-spend-before"),
            dashed(before.series[1], before.dates, "line", "chart-conversions"),
          ]
        : []),
    ],
  };
}

// Half a day on either side, or the first and the last column would be cut in two.
function wholeDays(_, first, last) {
  return [first - 43200, last + 43200];
}

function fromZero(_, low, high) {
  return [Math.min(0, low ?? 0) * 1.08, high > 0 ? high * 1.08 : 1];
}

function draw() {
  plot?.destroy();
  const data = read();
  const before = data.before ? data.before.series.map((series) => series.values) : [];
  plot = new uPlot(options(box.clientWidth, data), [data.days, data.bars.values, data.line.values, ...before], box);
}

const sizes = new ResizeObserver(() => {
  if (!box.clientWidth || box.clientWidth === drawnWidth) return;
  drawnWidth = box.clientWidth;
  draw();
});

// Also after htmx has put another chart, or other numbers, in the place of these.
function mount() {
  const found = document.getElementById("daily-chart");
  if (found === box) {
    if (plot && drawn !== document.getElementById("daily-numbers")?.textContent) draw();
    return;
  }
  plot?.destroy();
  plot = undefined;
  sizes.disconnect();
  box = found;
  drawnWidth = 0;
  if (box) sizes.observe(box);
}

mount();
document.addEventListener("htmx:load", mount);
document.addEventListener("htmx:afterSwap", mount);
document.addEventListener("htmx:historyRestore", mount);
new MutationObserver(() => box && draw()).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

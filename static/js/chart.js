// Draw the daily numbers that the page carries as JSON. The table below the chart says the same without a script.
/* global uPlot */

const data = JSON.parse(document.getElementById("daily-numbers").textContent);
const box = document.getElementById("daily-chart");
const days = data.dates.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const month = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });
let plot;

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

function axis(scale, side, label) {
  return {
    scale,
    side,
    label,
    labelSize: 20,
    size: 52,
    stroke: colour("chart-ink"),
    grid: { show: side === 3, stroke: colour("chart-grid"), width: 1 },
    ticks: { show: false },
    values: (_, values) => values.map((value) => (value === null ? "" : compact.format(value))),
  };
}

function options(width) {
  const narrow = width < 500;
  return {
    width,
    height: narrow ? 220 : 280,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { y: false, points: { size: 7 } },
    scales: { x: { time: true, range: wholeDays }, spend: { range: fromZero }, conversions: { range: fromZero } },
    axes: [
      {
        stroke: colour("chart-ink"),
        grid: { show: false },
        ticks: { show: false },
        space: 70,
        values: (_, moments) => moments.map((moment) => dayOfMonth(new Date(moment * 1000))),
      },
      axis("spend", 3, narrow ? undefined : `Spend, ${data.currency || "account currency"}`),
      axis("conversions", 1, narrow ? undefined : "Conversions"),
    ],
    series: [
      { label: "Day", value: (_, moment) => (moment === null ? "–" : fullDay.format(moment * 1000)) },
      {
        label: "Spend",
        scale: "spend",
        fill: colour("chart-spend"),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars({ size: [0.72, 24], radius: 0.15 }),
        value: (_, value) => (value === null ? "–" : `${data.currency} ${plain.format(value)}`),
      },
      {
        label: "Conversions",
        scale: "conversions",
        stroke: colour("chart-conversions"),
        width: 2,
        points: { show: false },
        value: (_, value) => (value === null ? "–" : plain.format(value)),
      },
    ],
  };
}

// Half a day on either side, or the first and the last column would be cut in two.
function wholeDays(_, first, last) {
  return [first - 43200, last + 43200];
}

function fromZero(_, low, high) {
  return [0, high > 0 ? high * 1.08 : 1];
}

function draw() {
  plot?.destroy();
  plot = new uPlot(options(box.clientWidth), [days, data.spend, data.conversions], box);
}

let drawnWidth = 0;
new ResizeObserver(() => {
  if (box.clientWidth === drawnWidth) return;
  drawnWidth = box.clientWidth;
  draw();
}).observe(box);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

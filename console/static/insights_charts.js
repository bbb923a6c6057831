// Draws the charts of a page of figures from the numbers beside them. Without it the tables are all there.

const INK = "#1d2a35", QUIET = "#56636e", LINE = "#e4e2db";
const COLOURS = { main: "#2f6f9f", light: "#9cc3dd", warn: "#c9762b", rest: "#c8ccd0" };

const narrow = matchMedia("(max-width: 40rem)");

function traces(drawing) {
  const across = drawing.drawn === "across", lines = drawing.drawn === "lines";
  return drawing.series.map((series) => {
    const colour = COLOURS[series.tone];
    const along = drawing.labels.map((_, number) => number);
    return {
      type: lines ? "scatter" : "bar",
      name: series.name,
      x: across ? series.values : along,
      y: across ? along : series.values,
      orientation: across ? "h" : "v",
      mode: "lines+markers",
      connectgaps: false,
      marker: { color: colour, size: 6 },
      line: { color: colour, width: 2 },
      text: series.said.map((said, number) => `${drawing.labels[number]}<br>${series.name} ${said}`),
      textposition: "none",
      hovertemplate: "%{text}<extra></extra>",
    };
  });
}

function labelled(drawing, every) {
  const places = drawing.ticks.map((_, number) => number).filter((number) => number % every === 0);
  return { tickmode: "array", tickvals: places, ticktext: places.map((number) => drawing.ticks[number]) };
}

function layout(drawing) {
  const across = drawing.drawn === "across", count = drawing.labels.length;
  const every = across ? 1 : Math.ceil(count / (narrow.matches ? 5 : 12));
  const named = { ...labelled(drawing, every), fixedrange: true, automargin: true, color: QUIET, zeroline: false, showgrid: false };
  const counted = { fixedrange: true, automargin: true, color: QUIET, gridcolor: LINE, zeroline: false, rangemode: "tozero", tickformat: ",~f" };
  return {
    barmode: "stack",
    bargap: 0.3,
    xaxis: across ? counted : named,
    yaxis: across ? { ...named, autorange: "reversed" } : counted,
    showlegend: drawing.series.length > 1,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
    margin: { l: 8, r: 8, t: drawing.series.length > 1 ? 32 : 8, b: 8 },
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: INK },
    hoverlabel: { bgcolor: "#fff", bordercolor: QUIET, font: { color: INK } },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    hovermode: "closest",
    dragmode: false,
    height: across ? Math.max(140, 60 + 28 * count) : undefined,
  };
}

async function draw(place) {
  const drawing = JSON.parse(document.getElementById(place.dataset.drawing).textContent);
  place.closest("figure").hidden = false;
  if (drawing.drawn === "across") place.style.height = "auto";
  await Plotly.newPlot(place, traces(drawing), layout(drawing), { displayModeBar: false, responsive: true, locale: "zh-CN" });
  place.on("plotly_click", ({ points: [point] }) => {
    const link = drawing.series[point.curveNumber].links[point.pointNumber];
    if (link) location.assign(link);
  });
  place.dataset.done = "1";
}

if (window.Plotly) for (const place of document.querySelectorAll("[data-drawing]")) draw(place);

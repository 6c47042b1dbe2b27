// Draws each figure in the page's colours, and again when they change: light or dark scheme, or print.
"use strict";
(() => {
  const PRINT_WIDTH = 660;
  const plots = [...document.querySelectorAll(".plot")];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => ({ text: colour("--text"), muted: colour("--muted"), grid: colour("--border"), background: colour("--background") });
  const PRINT = { text: "#000000", muted: "#444444", grid: "#cccccc", background: "#ffffff" };

  function colourChanges(layout, colours) {
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    const change = {
      "font.color": colours.text, "legend.font.color": colours.text,
      "hoverlabel.bgcolor": colours.background, "hoverlabel.bordercolor": colours.muted, "hoverlabel.font.color": colours.text,
    };
    for (const key of axes) {
      Object.assign(change, { [`${key}.gridcolor`]: colours.grid, [`${key}.title.font.color`]: colours.muted, [`${key}.tickfont.color`]: colours.text });
    }
    return change;
  }

  function draw(plot) {
    const figure = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
    const layout = {
      ...figure.layout, autosize: true, dragmode: false, hovermode: "closest",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 13 },
    };
    layout.xaxis = layout.xaxis || {};
    layout.yaxis = layout.yaxis || {};
    for (const [path, value] of Object.entries(colourChanges(layout, palette()))) {
      const keys = path.split(".");
      let node = layout;
      for (const key of keys.slice(0, -1)) { node[key] = node[key] || {}; node = node[key]; }
      node[keys.at(-1)] = value;
    }
    return Plotly.newPlot(plot, figure.data, layout, { displayModeBar: false, responsive: true });
  }

  const recolour = (colours, more) => plots.forEach((plot) => Plotly.relayout(plot, { ...colourChanges(plot.layout, colours), ...more(plot) }));

  plots.forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => recolour(palette(), () => ({})));
  addEventListener("beforeprint", () => recolour(PRINT, () => ({ autosize: false, width: PRINT_WIDTH })));
  addEventListener("afterprint", () => recolour(palette(), () => ({ autosize: true, width: null })));
  document.documentElement.dataset.ready = "true";
})();

// Draws each figure in the page's own colours, and again when they change: another scheme, or paper.
"use strict";
(() => {
  const PAPER_WIDTH = 660;
  const plots = [...document.querySelectorAll(".plot")];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => ({ ink: colour("--ink"), soft: colour("--soft"), grid: colour("--line"), paper: colour("--paper") });
  const LIGHT = { ink: "#000000", soft: "#444444", grid: "#cccccc", paper: "#ffffff" };

  function dress(layout, shades) {
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    const change = {
      "font.color": shades.ink, "legend.font.color": shades.ink,
      "hoverlabel.bgcolor": shades.paper, "hoverlabel.bordercolor": shades.soft, "hoverlabel.font.color": shades.ink,
    };
    for (const key of axes) {
      Object.assign(change, { [`${key}.gridcolor`]: shades.grid, [`${key}.title.font.color`]: shades.soft, [`${key}.tickfont.color`]: shades.ink });
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
    for (const [path, value] of Object.entries(dress(layout, palette()))) {
      const keys = path.split(".");
      let node = layout;
      for (const key of keys.slice(0, -1)) { node[key] = node[key] || {}; node = node[key]; }
      node[keys.at(-1)] = value;
    }
    return Plotly.newPlot(plot, figure.data, layout, { displayModeBar: false, responsive: true });
  }

  const repaint = (shades, more) => plots.forEach((plot) => Plotly.relayout(plot, { ...dress(plot.layout, shades), ...more(plot) }));

  plots.forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => repaint(palette(), () => ({})));
  addEventListener("beforeprint", () => repaint(LIGHT, () => ({ autosize: false, width: PAPER_WIDTH })));
  addEventListener("afterprint", () => repaint(palette(), () => ({ autosize: true, width: null })));
  document.documentElement.dataset.ready = "true";
})();

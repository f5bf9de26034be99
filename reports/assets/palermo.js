// Draws the charts from the data blocks of the page and answers its switches. Reads nothing but this page.
(function () {
  "use strict";
  var CONFIG = {
    showSendToCloud: false, displaylogo: false, responsive: true, scrollZoom: false, doubleClick: false,
    modeBarButtons: [["toImage"]], toImageButtonOptions: { format: "svg", filename: "palermo-figure" }
  };
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var printing = false;
  var state = {};

  function swapsNow() { return dark.matches && !printing ? window.palermoTheme.swaps : null; }

  function recolour(value, swaps) {
    if (typeof value === "string") { return swaps[value] || value; }
    if (Array.isArray(value)) { return value.map(function (v) { return recolour(v, swaps); }); }
    if (value && typeof value === "object") {
      Object.keys(value).forEach(function (k) { value[k] = recolour(value[k], swaps); });
    }
    return value;
  }

  function isOn(group) { return !state.group || !group || state.group.indexOf(group) >= 0; }

  function wrapped(text, most) {
    var lines = [""];
    text.split(" ").forEach(function (word) {
      var line = lines[lines.length - 1];
      if (line && line.length + word.length >= most) { lines.push(word); return; }
      lines[lines.length - 1] = line ? line + " " + word : word;
    });
    return lines.join("<br>");
  }

  function rowsFitted(figure) {
    // long names beside an axis take several lines, and each row as much room as the longest
    var axis = figure.layout.yaxis, byName = function (t) {
      return t.orientation === "h" || t.type === "heatmap" || t.type === "scatter" && axis.type === "category";
    };
    var named = axis.ticktext || axis.categoryarray || (figure.data.filter(byName)[0] || { y: [] }).y;
    var most = named.some(function (n) { return n.length > 40; }) ? 26 : 18;
    var wrap = function (name) { return wrapped(name, most); };
    if (axis.ticktext) { axis.ticktext = axis.ticktext.map(wrap); }
    if (axis.categoryarray) { axis.categoryarray = axis.categoryarray.map(wrap); }
    figure.data.filter(byName).forEach(function (t) { t.y = t.y.map(wrap); });
    var lines = Math.max.apply(null, named.map(function (n) { return wrap(n).split("<br>").length; }));
    figure.layout.height = Math.max(figure.layout.height, 150 + (14 * lines + 4) * named.length);
    axis.tickfont = Object.assign({}, axis.tickfont, { size: 11 });
  }

  function columnsFitted(axis, width) {
    // fewer names below an axis, upright where they would still meet
    if (axis.tickvals && axis.tickvals.length > 5) {
      var keep = function (v, i) { return i % 3 === 0; };
      axis.tickvals = axis.tickvals.filter(keep);
      if (axis.ticktext) { axis.ticktext = axis.ticktext.filter(keep); }
    }
    if (axis.nticks) { axis.nticks = Math.min(axis.nticks, Math.floor(width / 80)); }
    Object.assign(axis, { tickangle: "auto", autotickangles: [0, 90] });
  }

  function hasPoints(trace) { return trace.visible !== false && trace.y.some(function (v) { return v !== null; }); }

  function fitted(figure, width) {
    // on a narrow page: names in several lines, fewer ticks, a legend in a column, and no labels at the ends of lines
    var layout = figure.layout;
    if (width >= 480) { return; }
    if (layout.yaxis) { rowsFitted(figure); }
    figure.data.forEach(function (t) {
      if (t.name) { t.name = wrapped(t.name.split(":")[0], 36); }
      if (t.mode === "markers+text") { t.mode = "markers"; }  // points come close; the table has their names
    });
    if (layout.xaxis && layout.xaxis.title) { layout.xaxis.title.text = wrapped(layout.xaxis.title.text, 30); }
    if (layout.xaxis && layout.xaxis.type === "category") { columnsFitted(layout.xaxis, width); }
    if (layout.annotations.length && figure.data[0].name) {
      layout.annotations = [];
      layout.margin.r = 12;
      layout.showlegend = true;
      layout.legend = { orientation: "h", y: -0.14, yanchor: "top", x: 0 };
      var seen = {};
      figure.data.forEach(function (t) {
        t.showlegend = hasPoints(t) && t.mode !== "markers" && !seen[t.name];
        seen[t.name] = seen[t.name] || t.showlegend;
      });
    }
  }

  function heights(trace) {
    return trace.y.map(function (v, i) { return v + (trace.error_y ? trace.error_y.array[i] : 0); });
  }

  function labelled(figure) {
    // labels at the ends of the lines that are shown, pushed apart where two ends meet
    var top = Math.max.apply(null, figure.data.filter(hasPoints).map(heights).flat());
    var last = -Infinity;
    figure.layout.annotations.filter(function (a) { return a.name; })
      .sort(function (a, b) { return a.y - b.y; })
      .forEach(function (a) { a.y = last = Math.max(a.y, last + 0.052 * top); });
  }

  function isFlat(figure) {
    // lines of nothing but zeros and gaps: the table says it all
    return figure.layout.meta && !figure.data.filter(hasPoints).some(function (t) { return heights(t).some(Boolean); });
  }

  function figureOf(block) {
    var figure = JSON.parse(block.textContent);
    figure.layout.template = JSON.parse(JSON.stringify(window.palermoTheme.template));
    var swaps = swapsNow();
    if (swaps) { figure = recolour(figure, swaps); }
    figure.data.forEach(function (trace) { if (!isOn(trace.meta)) { trace.visible = false; } });
    figure.layout.annotations = (figure.layout.annotations || []).filter(function (a) { return isOn(a.name); });
    return figure;
  }

  function draw(section) {
    var slot = section.querySelector("[data-slot]");
    var block = slot && section.querySelector('script[data-chart="' + slot.dataset.slot + '"]');
    var place = section.querySelector(".chart");
    if (!place || !window.Plotly) { return; }
    var figure = block && figureOf(block);
    var isDrawn = Boolean(figure) && !isFlat(figure);
    place.classList.toggle("is-drawn", isDrawn);
    if (!isDrawn) { window.Plotly.purge(place); return; }
    var width = place.clientWidth || 640;
    if (printing) { figure.layout.width = section.classList.contains("is-wide") ? 690 : 330; }
    labelled(figure);
    fitted(figure, figure.layout.width || width);
    window.Plotly.react(place, figure.data, figure.layout, CONFIG).then(function () {
      place.querySelectorAll("svg.main-svg").forEach(function (svg) { svg.setAttribute("aria-hidden", "true"); });
    });
  }

  function drawAll() { document.querySelectorAll("[data-figure]").forEach(draw); }

  function wantedOf(section, slot) {
    // a figure that the chosen source does not report stays with its own source
    var end = "|" + state.scope + "|" + state.period;
    slot.all = slot.all || [slot.dataset.slot].concat(
      Array.from(section.querySelectorAll("noscript[data-view]"), function (n) { return n.dataset.view; }));
    var reports = slot.all.some(function (v) { return v.indexOf(state.source + "|") === 0; });
    var own = slot.all.filter(function (v) { return v.slice(v.indexOf("|")) === end; })[0];
    return reports || !own ? state.source + end : own;
  }

  function show(section) {
    var slot = section.querySelector("[data-slot]");
    if (!slot || slot.dataset.slot === "||") { draw(section); return true; }  // a figure that no switch moves
    var wanted = wantedOf(section, slot);
    if (!slot.kept) { slot.kept = {}; slot.kept[slot.dataset.slot] = parts(slot); }
    var found = section.querySelector('noscript[data-view="' + wanted + '"]');
    var next = slot.kept[wanted] || (found && parts(new DOMParser().parseFromString(found.textContent, "text/html")));
    if (!next) { section.hidden = true; return false; }
    section.hidden = false;
    slot.kept[wanted] = next;
    var now = parts(slot);
    ["label", "said", "table"].forEach(function (k) { if (now[k] !== next[k]) { now[k].replaceWith(next[k]); } });
    slot.dataset.slot = wanted;
    section.querySelectorAll("tr[data-group]").forEach(function (row) { row.hidden = !isOn(row.dataset.group); });
    section.querySelectorAll("th[scope=col][data-group]").forEach(function (head) {
      Array.from(head.closest("table").rows).forEach(function (row) { row.cells[head.cellIndex].hidden = !isOn(head.dataset.group); });
    });
    draw(section);
    return true;
  }

  function parts(node) {
    return { label: node.querySelector(".view-label"), said: node.querySelector(".said"), table: node.querySelector(".scroll") };
  }

  function chosen(form, name) {
    return Array.from(form.elements).filter(function (e) { return e.name === name && e.checked; })
      .map(function (e) { return e.value; });
  }

  function answer(form) {
    var first = document.querySelector('[data-slot]:not([data-slot="||"])');
    form.first = form.first || (first ? first.dataset.slot.split("|") : ["", "", ""]);
    ["source", "scope", "period"].forEach(function (name, i) { state[name] = chosen(form, name)[0] || form.first[i]; });
    var groups = chosen(form, "group");
    state.group = groups.length || form.querySelector("[name=group]") ? groups : null;
    var sections = Array.from(document.querySelectorAll("[data-figure]"));
    var shown = sections.filter(show).length;
    var words = ["scope", "period", "source"].map(function (name) {
      var on = form.querySelector("[name=" + name + "]:checked");
      return on ? on.parentNode.textContent.trim() : "";
    }).filter(Boolean);
    form.querySelector(".state").textContent = "Shown: " + words.join(", ") +
      (shown < sections.length ? ". Without figures in this view: " + (sections.length - shown) + "." : ".");
  }

  function start() {
    var form = document.querySelector("[data-switches]");
    if (form) {
      form.hidden = false;
      form.addEventListener("change", function () { answer(form); });
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      answer(form);
    } else { drawAll(); }
    dark.addEventListener("change", drawAll);
    window.addEventListener("beforeprint", function () {
      document.querySelectorAll("details.about").forEach(function (d) { d.dataset.was = d.open ? "1" : ""; d.open = true; });
      printing = true; drawAll();
    });
    window.addEventListener("afterprint", function () {
      document.querySelectorAll("details.about").forEach(function (d) { d.open = d.dataset.was === "1"; });
      printing = false; drawAll();
    });
  }

  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); } else { start(); }
})();

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

  function wrapped(text) { return text.replace(/(.{12,18}?)[ ]/g, "$1<br>"); }

  function fitted(figure, width) {
    // on a narrow page long names beside an axis take several lines, and a legend stands in a column
    var names = figure.layout.yaxis && figure.layout.yaxis.ticktext;
    if (width < 480 && figure.layout.yaxis) {
      if (names) { figure.layout.yaxis.ticktext = names.map(wrapped); }
      figure.data.forEach(function (t) {
        if (t.orientation === "h" || t.type === "scatter" && figure.layout.yaxis.type === "category") {
          t.y = t.y.map(wrapped);
          var lines = Math.max.apply(null, t.y.map(function (v) { return v.split("<br>").length; }));
          if (t.orientation === "h") { figure.layout.height = Math.max(figure.layout.height, 90 + 15 * lines * t.y.length); }
        }
        if (t.name) { t.name = t.name.split(":")[0]; }
      });
      if (figure.layout.yaxis.categoryarray) { figure.layout.yaxis.categoryarray = figure.layout.yaxis.categoryarray.map(wrapped); }
      if (figure.layout.xaxis.title) { figure.layout.xaxis.title.text = wrapped(figure.layout.xaxis.title.text); }
      figure.layout.yaxis.tickfont = Object.assign({}, figure.layout.yaxis.tickfont, { size: 11 });
    }
    // on a narrow page the labels at the ends of the lines become a legend below
    var axis = figure.layout.xaxis;
    if (width < 480 && axis && axis.tickvals && axis.tickvals.length > 5 && axis.type === "category") {
      var keep = function (v, i) { return i % 3 === 0; };
      axis.tickvals = axis.tickvals.filter(keep);
      if (axis.ticktext) { axis.ticktext = axis.ticktext.filter(keep); }
    }
    if (width < 480 && figure.layout.annotations && figure.layout.annotations.length) {
      figure.layout.annotations = [];
      figure.layout.margin.r = 12;
      figure.layout.showlegend = true;
      figure.layout.legend = { orientation: "h", y: -0.12, yanchor: "top", x: 0 };
      var seen = {};
      figure.data.forEach(function (t) { t.showlegend = !seen[t.meta]; seen[t.meta] = true; });
    }
    return figure;
  }

  function draw(section) {
    var slot = section.querySelector("[data-slot]");
    var block = slot && section.querySelector('script[data-chart="' + slot.dataset.slot + '"]');
    var place = section.querySelector(".chart");
    if (!block || !place || !window.Plotly) { return; }
    var figure = JSON.parse(block.textContent);
    figure.layout.template = JSON.parse(JSON.stringify(window.palermoTheme.template));
    var swaps = swapsNow();
    if (swaps) { figure = recolour(figure, swaps); }
    figure.data.forEach(function (trace) { if (!isOn(trace.meta)) { trace.visible = false; } });
    figure.layout.annotations = (figure.layout.annotations || []).filter(function (a) { return isOn(a.name); });
    place.classList.add("is-drawn");
    var width = place.clientWidth || 640;
    if (printing) { figure.layout.width = section.classList.contains("is-wide") ? 690 : 330; }
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

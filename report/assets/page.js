"use strict";
(function () {
  var root = document.documentElement;
  root.classList.add("js");

  function each(list, f) { Array.prototype.forEach.call(list, f); }

  function detailOf(row) {
    var next = row.nextElementSibling;
    return next && next.classList.contains("detail") ? next : null;
  }

  function setOpen(button, open) {
    button.setAttribute("aria-expanded", open ? "true" : "false");
    var d = document.getElementById(button.getAttribute("aria-controls"));
    if (d) { d.classList.toggle("shown", open); }
  }

  // Without this script every row's detail is shown; with it, rows open one by one.
  each(document.querySelectorAll("button.open"), function (b) {
    setOpen(b, false);
    b.addEventListener("click", function () {
      setOpen(b, b.getAttribute("aria-expanded") !== "true");
    });
    // A click anywhere in the row opens it too, unless text is being selected.
    b.closest("tr").addEventListener("click", function (ev) {
      if (ev.target.closest("button, a") || String(window.getSelection())) { return; }
      b.click();
    });
  });

  function value(row, i, numeric) {
    var v = row.cells[i].getAttribute("data-v") || "";
    return numeric ? (v === "" ? -Infinity : parseFloat(v)) : v.toLowerCase();
  }

  function sort(table, i, numeric, up) {
    var body = table.tBodies[0];
    var rows = Array.prototype.filter.call(body.rows, function (r) { return r.classList.contains("row"); });
    var pairs = rows.map(function (r, n) { return { row: r, detail: detailOf(r), v: value(r, i, numeric), n: n }; });
    pairs.sort(function (a, b) {
      var c = a.v < b.v ? -1 : a.v > b.v ? 1 : 0;
      return (up ? c : -c) || a.n - b.n;
    });
    pairs.forEach(function (p) {
      body.appendChild(p.row);
      if (p.detail) { body.appendChild(p.detail); }
    });
  }

  each(document.querySelectorAll("table"), function (table) {
    var heads = table.tHead.rows[0].cells;
    each(heads, function (th, i) {
      if (th.classList.contains("plain") || th.textContent === "") { return; }
      var numeric = th.getAttribute("data-kind") === "n";
      var b = document.createElement("button");
      b.type = "button";
      b.className = "sort";
      b.textContent = th.textContent;
      th.textContent = "";
      th.appendChild(b);
      th.setAttribute("aria-sort", "none");
      b.addEventListener("click", function () {
        var was = th.getAttribute("aria-sort");
        var up = was === "none" ? !numeric : was === "descending";
        each(heads, function (h) { if (h.hasAttribute("aria-sort")) { h.setAttribute("aria-sort", "none"); } });
        th.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(table, i, numeric, up);
      });
    });
  });

  each(document.querySelectorAll("input[data-table]"), function (input) {
    var table = document.getElementById(input.getAttribute("data-table"));
    var live = document.getElementById("live-" + table.id.slice(2));
    input.addEventListener("input", function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var n = 0;
      each(table.tBodies[0].rows, function (r) {
        if (!r.classList.contains("row")) { return; }
        var text = r.textContent.toLowerCase();
        var d = detailOf(r);
        if (d) { text += " " + d.textContent.toLowerCase(); }
        var hit = words.every(function (w) { return text.indexOf(w) >= 0; });
        r.classList.toggle("miss", !hit);
        if (d) { d.classList.toggle("miss", !hit); }
        if (hit) { n++; }
      });
      table.classList.toggle("filtered", words.length > 0);
      if (live) { live.textContent = words.length ? n + (n === 1 ? " row matches" : " rows match") : ""; }
    });
  });

  each(document.querySelectorAll("button.all"), function (b) {
    var label = b.textContent;
    var table = document.getElementById(b.getAttribute("data-table"));
    b.addEventListener("click", function () {
      var all = table.classList.toggle("whole");
      b.setAttribute("aria-expanded", all ? "true" : "false");
      b.textContent = all ? "Show fewer" : label;
    });
  });
})();

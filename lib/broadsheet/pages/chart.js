// The chart of 05_explore: a row per group, a dot with its interval, all of them buttons. Drawn again whenever `rows` changes.
const SVG = "http://www.w3.org/2000/svg";
const made = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

function render({ model, el }) {
  const draw = () => {
    const rows = model.get("rows");
    const [low, high] = model.get("span");
    const [left, width, right, height, top] = [190, 330, 260, 26, 40];
    const x = (value) => left + (width * (Math.min(Math.max(value, low), high) - low)) / (high - low || 1);
    const bottom = top + rows.length * height;
    const svg = made("svg", {
      viewBox: `0 0 ${left + width + right} ${bottom + 30}`, width: "100%", style: "max-width: 60rem; font: 13px system-ui, sans-serif",
      role: "group", "aria-label": model.get("title"),
    });
    svg.append(made("text", { x: 0, y: 16, fill: "currentColor", "font-weight": 600 }, model.get("title")));
    for (let i = 0; i <= 4; i++) {
      const value = low + ((high - low) * i) / 4;
      svg.append(made("line", { x1: x(value), x2: x(value), y1: top, y2: bottom, stroke: "currentColor", "stroke-opacity": 0.15 }));
      svg.append(made("text", { x: x(value), y: bottom + 18, "text-anchor": "middle", fill: "currentColor" }, value.toFixed(2).replace("-", "−")));
    }
    if (low < 0 && high > 0) {
      svg.append(made("line", { x1: x(0), x2: x(0), y1: top, y2: bottom, stroke: "currentColor", "stroke-opacity": 0.6 }));
    }
    rows.forEach((row, i) => {
      const y = top + (i + 0.5) * height;
      const chosen = model.get("chosen") === row.name;
      const group = made("g", { role: "button", tabindex: 0, "aria-pressed": chosen, "aria-label": `${row.name}: ${row.text}`, style: "cursor: pointer" });
      group.append(made("rect", { x: 0, y: y - height / 2, width: left + width + right, height, fill: "#56B4E9", "fill-opacity": chosen ? 0.25 : 0 }));
      group.append(made("text", { x: left - 12, y: y + 4, "text-anchor": "end", fill: "currentColor" }, row.name.length > 26 ? row.name.slice(0, 25) + "…" : row.name));
      if (row.low !== null && row.high !== null) {
        group.append(made("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, stroke: "#0072B2", "stroke-width": row.dashed ? 1 : 2, "stroke-dasharray": row.dashed ? "4 3" : "none" }));
      }
      [[row.low, -1], [row.high, 1]].forEach(([limit, way], side) => {
        if (limit === null || !row.open[side]) return;
        const end = x(limit);
        group.append(made("path", { d: `M ${end - 5 * way} ${y - 4} L ${end + 3 * way} ${y} L ${end - 5 * way} ${y + 4} Z`, fill: "#0072B2" }));
      });
      if (row.value !== null) {
        group.append(made("circle", { cx: x(row.value), cy: y, r: 4.5, stroke: "#0072B2", "stroke-width": 1.5, fill: row.low === null ? "transparent" : "#0072B2" }));
      }
      group.append(made("text", { x: left + width + 12, y: y + 4, fill: "currentColor" }, row.text));
      const choose = () => {
        model.set("chosen", chosen ? "" : row.name);
        model.save_changes();
      };
      group.addEventListener("click", choose);
      group.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choose();
        }
      });
      svg.append(group);
    });
    const place = [...el.querySelectorAll("[role=button]")].indexOf(document.activeElement);
    el.replaceChildren(svg);
    if (place >= 0) svg.querySelectorAll("[role=button]")[place]?.focus(); // the keyboard stays where it was
  };
  model.on("change:rows", draw);
  model.on("change:chosen", draw);
  draw();
}

export default { render };

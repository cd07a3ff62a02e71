// Long tables sort by their heads and filter by a word. The page's policy lets this one script run, by its hash.
"use strict";
for (const box of document.querySelectorAll(".table")) {
  const table = box.querySelector("table");
  const body = table && table.tBodies[0];
  const heads = table && table.tHead ? [...table.tHead.rows[0].cells] : [];
  if (!body || body.rows.length < 8 || table.querySelector("[colspan], [rowspan]")) continue;
  const rows = [...body.rows];

  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number(text.replace(/,/g, "").replaceAll("−", "-").replace("∞", "Infinity"));
    return heads[column].classList.contains("n") ? (text === "" || Number.isNaN(number) ? null : number) : text;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const words = new Intl.Collator(document.documentElement.lang, { numeric: true });
      rows.sort((one, two) => {
        const [a, b] = [value(one, column), value(two, column)];
        if (a === null || b === null) return (a === null) - (b === null); // what has no value stays last, either way
        const order = typeof a === "number" ? a - b : words.compare(a, b);
        return up ? order : -order;
      });
      body.append(...rows);
    });
  });

  const form = document.createElement("p");
  form.className = "filter";
  const label = document.createElement("label");
  const input = document.createElement("input");
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  input.type = "search";
  label.append("Rows with ", input);
  form.append(label, told);
  table.closest(".scroll").before(form);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      shown += !row.hidden;
    }
    told.textContent = words.length ? ` ${shown} of ${rows.length}` : "";
  });
}

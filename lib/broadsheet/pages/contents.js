// The index: cards that hold all words of the search and fit the filters stay. The page's policy lets this one script run.
"use strict";
const cards = [...document.querySelectorAll(".cards li")];
const form = document.querySelector(".search");
if (form && cards.length > 1) {
  const told = form.querySelector("[role=status]");
  const texts = new Map(cards.map((card) => [card, (card.dataset.about + " " + card.textContent).toLowerCase()]));
  const show = () => {
    const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = [...form.querySelectorAll("select")].filter((each) => each.value);
    let shown = 0;
    for (const card of cards) {
      const about = JSON.parse(card.dataset.facets);
      const fits = wanted.every((each) => String(about[each.name]) === each.value);
      card.hidden = !fits || !words.every((word) => texts.get(card).includes(word));
      shown += !card.hidden;
    }
    for (const part of document.querySelectorAll(".group, .study")) {
      part.hidden = !part.querySelector(".cards li:not([hidden])");
    }
    told.textContent = shown < cards.length ? `${shown} of ${cards.length} pages` : "";
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show(); // a browser that goes back keeps what was written
}

"use strict";
(() => {
  const box = document.querySelector(".search");
  const input = box.querySelector("input");
  const said = box.querySelector("[role=status]");
  const rows = [...document.querySelectorAll("table.found tbody tr")];
  const drills = [...document.querySelectorAll("details.service")];
  const texts = new Map([...rows, ...drills].map((each) => [each, each.textContent.toLowerCase()]));
  box.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let found = 0;
    for (const [each, text] of texts) {
      each.hidden = wanted !== "" && !text.includes(wanted);
      found += each.hidden || each.tagName !== "TR" ? 0 : 1;
    }
    for (const region of document.querySelectorAll("details.region")) {
      region.open = wanted !== "" && region.querySelector("details.service:not([hidden])") !== null;
    }
    said.textContent = wanted === "" ? "" : found + " rows of the lists have these words.";
  });
})();

"use strict";
(() => {
  const box = document.querySelector(".search");
  const input = box.querySelector("input");
  const choice = box.querySelector("select");
  const said = box.querySelector("[role=status]");
  const rows = [...document.querySelectorAll("table.found tbody tr")];
  const drills = [...document.querySelectorAll("details.service")];
  const texts = new Map([...rows, ...drills].map((each) => [each, each.textContent.toLowerCase()]));
  const inRegion = (each) => {
    const at = each.closest("[data-region]");
    return choice.value === "" || at === null || at.dataset.region === choice.value;
  };
  const look = () => {
    const wanted = input.value.trim().toLowerCase();
    let found = 0;
    for (const [each, text] of texts) {
      each.hidden = !inRegion(each) || (wanted !== "" && !text.includes(wanted));
      found += each.hidden || each.tagName !== "TR" ? 0 : 1;
    }
    for (const region of document.querySelectorAll("details.region")) {
      region.hidden = !inRegion(region);
      region.open = (wanted !== "" || choice.value !== "") && region.querySelector("details.service:not([hidden])") !== null;
    }
    const asked = wanted !== "" || choice.value !== "";
    said.textContent = asked ? found + " rows of the lists are shown." : "";
  };
  box.hidden = false;
  input.addEventListener("input", look);
  choice.addEventListener("change", look);
})();

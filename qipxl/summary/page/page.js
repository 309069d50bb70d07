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
    for (const region of document.querySelectorAll(".region")) {
      region.hidden = region.querySelector(".service:not([hidden])") === null;
    }
    const asked = wanted !== "" || choice.value !== "";
    said.textContent = asked ? found + " rows of the lists are shown." : "";
  };
  const open = () => {
    const linked = document.getElementById(location.hash.slice(1));
    if (linked instanceof HTMLDetailsElement) linked.open = true;
  };
  box.hidden = false;
  window.addEventListener("hashchange", open);
  open();
  input.addEventListener("input", look);
  choice.addEventListener("change", look);
})();

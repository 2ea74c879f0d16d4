// The maps tell the name of what a pointer, a finger or the arrow keys are at. Without this, marks have their titles.
for (const map of document.querySelectorAll(".map")) {
  const svg = map.querySelector("svg"), told = map.parentElement.querySelector(".told");
  const marks = [...svg.querySelectorAll("use")].map((mark) => ({
    x: mark.x.baseVal.value, y: mark.y.baseVal.value, of: mark.dataset.of, name: mark.textContent,
  }));
  const make = (tag, kind) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    made.setAttribute("class", kind);
    return svg.appendChild(made);
  };
  const tie = make("line", "tie"), ring = make("circle", "ring");
  let here = null;
  const show = (mark) => {
    here = mark;
    const other = mark.of === "" ? null : marks.find((each) => each !== mark && each.of === mark.of);
    const set = (element, values) => { for (const key in values) element.setAttribute(key, values[key]); };
    set(ring, { cx: mark.x, cy: mark.y, r: 7 });
    const end = other || mark;
    set(tie, { x1: mark.x, y1: mark.y, x2: end.x, y2: end.y });
    told.textContent = mark.name;
  };
  const nearest = (x, y, fits) => {
    let best = null, least = Infinity;
    for (const mark of marks) {
      const far = (mark.x - x) ** 2 + (mark.y - y) ** 2;
      if (far < least && (!fits || fits(mark))) { best = mark; least = far; }
    }
    return best;
  };
  const point = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    show(nearest(at.x, at.y));
  };
  map.addEventListener("pointermove", point);
  map.addEventListener("pointerdown", point);
  map.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    if (!here) return show(nearest(220, 170));
    const ahead = (mark) => {
      const along = (mark.x - here.x) * way[0] + (mark.y - here.y) * way[1];
      const aside = Math.abs((mark.x - here.x) * way[1] + (mark.y - here.y) * way[0]);
      return along > 0.05 && aside <= along;
    };
    const next = nearest(here.x, here.y, ahead);
    if (next) show(next);
  });
}

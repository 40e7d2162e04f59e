import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { growth } from "../../bench/peers/aims.mjs";
import { barChart, lineChart, rounded } from "../../bench/peers/charts.mjs";
import { withSection } from "../../bench/peers/marked_section.mjs";
import { SETTLING } from "../../bench/peers/memory.mjs";
import { serialRoundTrips } from "../../bench/peers/round_trips.mjs";
import { quartiles } from "../../bench/peers/statistics.mjs";

describe("quartiles", () => {
  test("are the values at a quarter, a half and three quarters, whatever the order", () => {
    assert.deepEqual(quartiles([5, 1, 4, 2, 3]), { low: 2, median: 3, high: 4 });
  });

  test("lie between two values where none stands at their place", () => {
    assert.deepEqual(quartiles([1, 2, 3, 4]), { low: 1.75, median: 2.5, high: 3.25 });
  });

  test("of one value are that value, and of none there are none", () => {
    assert.deepEqual(quartiles([7]), { low: 7, median: 7, high: 7 });
    assert.throws(() => quartiles([]), /no value/);
  });
});

describe("serial round trips", () => {
  /** @param {[number, number][]} spans */
  const trips = (...spans) => serialRoundTrips(spans.map(([began, ended]) => ({ began, ended })));

  test("count requests that follow each other, and those at the same time once", () => {
    assert.equal(trips(), 0);
    assert.equal(trips([0, 40], [50, 90], [100, 140]), 3);
    assert.equal(trips([0, 40], [5, 45], [10, 50]), 1);
  });

  test("are the longest chain, not the one that begins first", () => {
    assert.equal(trips([0, 200], [1, 40], [50, 90]), 2);
  });

  test("count a request that is never answered as the last", () => {
    assert.equal(trips([0, 40], [50, Infinity]), 2);
  });
});

describe("charts", () => {
  const bars = [
    { name: "ours", value: 10, low: 8, high: 12 },
    { name: "theirs", value: 20 },
  ];

  test("draw bars as long as their values, with whiskers where there are quartiles", () => {
    const svg = barChart("What it shows", [{ title: "A panel", unit: "ms", bars }]);
    const widths = [...svg.matchAll(/<rect x="170"[^>]* width="([\d.]+)"/g)].map(([, w]) => +w);
    assert.equal(widths[1], 2 * widths[0]);
    assert.equal(svg.match(/class="whisker"/g)?.length, 1);
    assert.match(svg, /aria-label="What it shows"/);
    assert.match(svg, />10 ms</);
  });

  test("draw a value that does not change as a level line", () => {
    const points = /** @type {[number, number][]} */ ([
      [100, 3],
      [200, 3],
    ]);
    const svg = lineChart("Flat", { x: "refreshes", y: "MB" }, [{ name: "heap", points }]);
    const [, path] = /<path d="M([^"]+)" fill="none"/.exec(svg) ?? [];
    const heights = path.split("L").map((point) => point.split(" ")[1]);
    assert.equal(heights[0], heights[1]);
  });

  test("mark where something begins to matter", () => {
    const lines = [
      {
        name: "heap",
        points: /** @type {[number, number][]} */ ([
          [0, 3],
          [200, 3],
        ]),
      },
    ];
    const svg = lineChart("", { x: "", y: "" }, lines, { x: 200, text: "from here on" });
    assert.match(svg, /d="M830 60V300"/);
    assert.match(svg, />from here on</);
  });

  test("are readable on light and on dark pages", () => {
    assert.match(barChart("", []), /prefers-color-scheme: dark/);
  });
});

describe("memory over many refreshes", () => {
  const memory = [
    [0, 100],
    [SETTLING - 1, 170],
    [SETTLING, 200],
    [SETTLING + 400, 190],
    [SETTLING + 800, 204],
  ].map(([refreshes, bytes]) => ({ refreshes, jsHeap: bytes, objects: bytes, wasmMemory: 7 }));

  test("counts from when the page has settled, upwards and downwards", () => {
    assert.equal(growth({ memory }, "jsHeap"), 0.05);
    assert.equal(growth({ memory }, "wasmMemory"), 0);
  });

  test("counts from the beginning where that is asked for", () => {
    assert.equal(growth({ memory }, "objects", 0), 1.04);
  });
});

test("figures are rounded to three digits that count", () => {
  const figures = { 0: "0", 0.1234: "0.123", 5.678: "5.68", 56.78: "56.8", 1234.5: "1,235" };
  for (const [value, text] of Object.entries(figures)) assert.equal(rounded(Number(value)), text);
});

describe("a section between markers", () => {
  const begin = "<!-- begin: written by npm run bench -->";
  const end = "<!-- end: written by npm run bench -->";

  test("is replaced, and what is around it stays", () => {
    const page = withSection(`before\n${begin}\n\nold\n\n${end}\nafter\n`, "new");
    assert.equal(page, `before\n${begin}\n\nnew\n\n${end}\nafter\n`);
    assert.equal(withSection(page, "new"), page);
  });

  test("is not guessed where a marker is missing, twice or out of order", () => {
    for (const page of ["", begin, `${begin}${begin}${end}`, `${end} ${begin}`]) {
      assert.throws(() => withSection(page, "new"), /markers|has to have/);
    }
  });
});

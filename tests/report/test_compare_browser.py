"""The comparison's page in a real browser: nothing runs, nothing is fetched, nothing is cut off, everything can be read."""

import pytest
from selenium.webdriver.common.by import By

from ftbench.report.compare import write_compare
from tests.report import compare_builder as builder
from tests.report.test_browser import CONTRAST, browser, show  # noqa: F401 (a fixture is found by its name)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparisons")
    made = {name: make() for name, make in builder.ALL.items()} | {"hostile": builder.hostile(builder.EVIL)}
    return {name: write_compare(file, folder / name)[1].as_uri() for name, file in made.items()}


def opened(browser, url, **how):  # noqa: F811
    show(browser, url, **how)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")


def test_nothing_in_a_hostile_comparison_runs_or_is_fetched(browser, pages):  # noqa: F811
    show(browser, pages["hostile"])
    assert browser.find_elements(By.CSS_SELECTOR, "script, img, iframe, object, a, form, [onload], [onerror]") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


@pytest.mark.parametrize("width", [390, 768, 1360])
def test_the_page_never_scrolls_sideways(browser, pages, width):  # noqa: F811
    for name, url in pages.items():
        opened(browser, url, width=width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(browser, pages, scheme):  # noqa: F811
    for name in builder.ALL:
        opened(browser, pages[name], scheme=scheme)
        assert browser.execute_script(CONTRAST.replace("e.classList.contains('c-loud')", "false")) == [], name


def test_no_text_of_a_chart_is_cut_off_or_lies_on_another(browser, pages):  # noqa: F811
    """Labels of a chart are placed by rule; a rule that fails would hide the number of a cell."""
    opened(browser, pages["recommends"])
    bad = browser.execute_script(
        """
        const bad = [];
        for (const svg of document.querySelectorAll('svg.chart')) {
          const frame = svg.getBoundingClientRect(), boxes = [];
          for (const t of svg.querySelectorAll('text')) {
            const b = t.getBoundingClientRect();
            if (b.left < frame.left - 6 || b.right > frame.right + 6 || b.top < frame.top - 6 || b.bottom > frame.bottom + 6)
              bad.push('outside: ' + t.textContent);
            for (const [o, text] of boxes)
              if (b.left < o.right - 2 && o.left < b.right - 2 && b.top < o.bottom - 4 && o.top < b.bottom - 4)
                bad.push(t.textContent + ' on ' + text);
            boxes.push([b, t.textContent]);
          }
        }
        return bad;
        """
    )
    assert bad == []

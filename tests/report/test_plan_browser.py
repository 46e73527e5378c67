"""The plan's page in a real browser: nothing runs, nothing is fetched, nothing is cut off, everything can be read."""

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By

from ftbench.report.plan_html import render_plan_html
from tests.report.test_browser import CONTRAST, HOSTILE, browser, show  # noqa: F401
from tests.report.test_plan_page import a_plan, at

TEXTS = {"plain": "plain", "hostile": HOSTILE, "long": "a" * 400}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    many = [at(float(scale)) for scale in (1, 3, 10, 30, 100, 1000)]
    plans = {name: a_plan(text) for name, text in TEXTS.items()} | {"many": a_plan(scales=many, verdict="VIABLE")}
    for name, plan in plans.items():
        (folder / f"{name}.html").write_text(render_plan_html(plan), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in plans}


def test_nothing_in_a_hostile_plan_runs_or_is_fetched(browser, pages):  # noqa: F811
    show(browser, pages["hostile"])
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert
    assert browser.find_elements(By.CSS_SELECTOR, "script, img, iframe, object, a, form, [onload], [onerror]") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


@pytest.mark.parametrize("width", [390, 768, 1200])
def test_the_page_never_scrolls_sideways(browser, pages, width):  # noqa: F811
    for name, url in pages.items():
        show(browser, url, width=width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(browser, pages, scheme):  # noqa: F811
    for name in ("plain", "many"):
        show(browser, pages[name], scheme=scheme)
        assert browser.execute_script(CONTRAST) == [], name

"""The page in a real browser: nothing runs, nothing is fetched, nothing is cut off, everything can be read."""

import os
import shutil

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from ftbench.report import write_report
from tests.report import builder

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
HOSTILE = " ".join(text for text in builder.HOSTILE if text)

# WCAG 2.1 contrast of every piece of text with what lies behind it; returns those under 4.5.
CONTRAST = """
const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
const light = c => { const [r, g, b] = parse(c).map(channel); return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => {
  for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (parse(c)[3] !== 0) return c; }
  return 'rgb(255,255,255)';
};
const bad = [];
for (const e of document.body.querySelectorAll('*')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const style = getComputedStyle(e), colour = e.namespaceURI.endsWith('svg') ? style.fill : style.color;
  const back = e.classList.contains('c-loud') ? getComputedStyle(document.querySelector('.c-void')).fill : behind(e);
  const [a, b] = [light(colour), light(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
  if (ratio < 4.5) bad.push([e.className.baseVal ?? e.className, e.textContent.slice(0, 30), colour, back, ratio.toFixed(2)].join(' | '));
}
return bad;
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    reports = {name: make() for name, make in builder.ALL.items()} | {"hostile": builder.hostile(HOSTILE)}
    return {name: write_report(report, folder / name)[1].as_uri() for name, report in reports.items()}


@pytest.fixture(scope="module")
def browser():
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        if os.environ.get("FTBENCH_NO_BROWSER") == "1":
            pytest.skip("FTBENCH_NO_BROWSER=1: the report is not looked at in a browser")
        pytest.fail(
            "No chromium on this machine. Install the packages chromium and chromium-driver, or set FTBENCH_NO_BROWSER=1 to go without."
        )
    options = Options()
    options.binary_location = binary
    for flag in FLAGS:
        options.add_argument(flag)
    started = webdriver.Chrome(options=options, service=Service(driver))
    yield started
    started.quit()


def show(browser, url, *, width=1200, scheme="light", media="screen"):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.get(url)


def test_nothing_in_a_hostile_report_runs_or_is_fetched(browser, pages):
    show(browser, pages["hostile"])
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert
    assert browser.find_element(By.TAG_NAME, "h1").text == "Do not ship"
    assert browser.find_elements(By.CSS_SELECTOR, "script, img, iframe, object, a, form, [onload], [onerror]") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert "<script>alert(1)</script>" in browser.find_element(By.CLASS_NAME, "verdict").text


@pytest.mark.parametrize("width", [390, 768, 1200])
def test_the_page_never_scrolls_sideways(browser, pages, width):
    for name, url in pages.items():
        show(browser, url, width=width)
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(browser, pages, scheme):
    for name in builder.ALL:
        show(browser, pages[name], scheme=scheme)
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.execute_script(CONTRAST) == [], name


def test_a_row_opens_and_shows_its_criteria(browser, pages):
    show(browser, pages["ships"])
    row = browser.find_elements(By.CSS_SELECTOR, "details.test")[0]
    criterion = row.find_element(By.CSS_SELECTOR, ".criteria th[scope=row]")
    assert not criterion.is_displayed()
    row.find_element(By.TAG_NAME, "summary").click()
    assert criterion.is_displayed() and criterion.text == "answers that match the label"


def test_paper_shows_what_the_screen_has_folded_away(browser, pages):
    show(browser, pages["ships"], media="print", scheme="dark")
    row = "return document.querySelector('details.test:not([open]) .criteria th[scope=row]').checkVisibility()"
    assert browser.execute_script(row)
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
